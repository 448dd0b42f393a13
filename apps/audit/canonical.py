"""The bytes of an event that its seal vouches for: the same row always gives the same bytes."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from apps.audit.models import Event

# What the first seal follows.
GENESIS = "0" * 64

SEALED_FIELDS = (
    "id",
    "public_id",
    "name",
    "subject_type",
    "subject_id",
    "customer_id",
    "brand_id",
    "livemode",
    "actor_type",
    "actor_id",
    "actor_label",
    "request_id",
    "at",
    "recorded_at",
    "data",
)


def seal_hash(*, seq: int, prev_hash: str, event: Event) -> str:
    """SHA-256 in hex over the place in the order, the seal before, and every column of the event.

    ``event`` must be read from the database, not the object that was saved: jsonb and timestamptz normalise.
    """
    content = {name: _plain(getattr(event, name)) for name in SEALED_FIELDS}
    text = json.dumps(
        {"seq": seq, "prev_hash": prev_hash, "event": content},
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    # Instants always with microseconds and in UTC, whatever zone the session reads them in.
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value
