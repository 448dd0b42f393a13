from __future__ import annotations

from typing import Any

from apps.audit.models import Event, Seal
from apps.core.api.fields import rfc3339


def event_json(event: Event) -> dict[str, Any]:
    """An event as the API and the webhooks tell it; ``type`` is its name."""
    return {
        "id": event.public_id,
        "object": "event",
        "type": event.name,
        "at": rfc3339(event.at),
        "recorded_at": rfc3339(event.recorded_at),
        "livemode": event.livemode,
        "subject": {"type": event.subject_type, "id": event.subject_id},
        "data": event.data,
        "actor": {"type": event.actor_type, "id": event.actor_id, "label": event.actor_label},
        "request_id": event.request_id,
    }


def change_json(seal: Seal) -> dict[str, Any]:
    """A sealed event with its place in the order."""
    return {**event_json(seal.event), "seq": seal.seq}
