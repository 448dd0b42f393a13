from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.billing.enums import CollectionStatus, DunningAction
from apps.core.api.fields import ObjectType, Rfc3339UtcField
from apps.payments.enums import DeclineKind


class ForeseenStepSerializer(serializers.Serializer[Any]):
    day = serializers.IntegerField(source="step.day", help_text="Local days after the first failure.")
    at = Rfc3339UtcField()
    action = serializers.ChoiceField(DunningAction.choices, source="step.action")
    description = serializers.CharField(source="step.words")
    taken_at = Rfc3339UtcField(allow_null=True)
    problem = serializers.CharField(help_text="Why a step that was taken came to nothing.")
    after_soft = serializers.BooleanField(help_text="It is to come if charges are declined softly.")
    after_hard = serializers.BooleanField(help_text="It is to come if the card cannot be charged again.")


class DunningSerializer(serializers.Serializer[Any]):
    """What becomes of an invoice that nobody pays."""

    object = ObjectType("dunning")
    invoice = serializers.CharField()
    as_of = Rfc3339UtcField()
    status = serializers.ChoiceField(CollectionStatus.choices)
    policy = serializers.CharField(help_text="The name of its timeline.")
    first_failed_at = Rfc3339UtcField()
    is_assumed = serializers.BooleanField(
        help_text="No charge has failed yet: the steps are those of a charge that fails at `first_failed_at`."
    )
    decline_kind = serializers.ChoiceField([("", "None yet"), *DeclineKind.choices])
    next_attempt_at = Rfc3339UtcField(allow_null=True)
    next_step_at = Rfc3339UtcField(allow_null=True)
    steps = ForeseenStepSerializer(many=True)
