from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.audit.enums import ActorType
from apps.audit.models import Event, Seal
from apps.core.api.fields import ObjectType, Rfc3339UtcField, rfc3339


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


class EventSubjectSerializer(serializers.Serializer[Any]):
    """What an event happened to."""

    type = serializers.CharField(help_text="Such as invoice.")
    id = serializers.CharField()


class EventActorSerializer(serializers.Serializer[Any]):
    """Who did it."""

    type = serializers.ChoiceField(ActorType.choices)
    id = serializers.CharField(allow_blank=True)
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]


class EventSerializer(serializers.Serializer[Any]):
    """Something that happened: `at` in the customer's time, `recorded_at` in real time."""

    id = serializers.CharField()
    object = ObjectType("event")
    type = serializers.CharField(help_text="Such as invoice.finalized.")
    at = Rfc3339UtcField()
    recorded_at = Rfc3339UtcField()
    livemode = serializers.BooleanField(allow_null=True)
    subject = EventSubjectSerializer()
    data = serializers.DictField(help_text="Ids, codes and amounts.")  # type: ignore[assignment]
    actor = EventActorSerializer()
    request_id = serializers.CharField(allow_blank=True)

    def to_representation(self, instance: Event) -> dict[str, Any]:
        # The webhooks' form of an event, word for word; the fields above describe it.
        return event_json(instance)


class ChangeSerializer(EventSerializer):
    """An event with its place in the one order that never changes."""

    seq = serializers.IntegerField()


class ChangesSerializer(serializers.Serializer[Any]):
    """A page of the change feed; ask again with `after=next_after`."""

    object = ObjectType("list")
    data = ChangeSerializer(many=True)  # type: ignore[assignment]
    has_more = serializers.BooleanField()
    next_after = serializers.IntegerField()
