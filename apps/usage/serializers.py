from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from apps.core.api.fields import DecimalString, ObjectType, Rfc3339UtcField
from apps.usage.enums import CorrectionOutcome, IntakeOutcome
from apps.usage.selectors import Group

UsageDay = tuple[date, Decimal]

MAX_WINDOW = timedelta(days=366 * 2)
MAX_GROUP_PROPERTIES = 5


class MeterUsageQuery(serializers.Serializer[Any]):
    """What `GET /meters/{code}/usage` is asked."""

    customer = serializers.CharField(max_length=255, help_text="Id or external id of the customer.")
    group_by = serializers.CharField(
        required=False, default="", help_text="Properties, separated by commas; default: the meter's own."
    )
    window = serializers.ChoiceField(
        choices=["day"],
        required=False,
        default=None,
        help_text="day: also the value of each calendar day in the customer's time zone.",
    )

    def get_fields(self) -> dict[str, Any]:
        # `from` is a keyword of Python, so the two bounds cannot be class attributes.
        bounds = {
            "from": Rfc3339UtcField(help_text="Start (inclusive)."),
            "to": Rfc3339UtcField(help_text="End (exclusive), at most two years later."),
        }
        return {**super().get_fields(), **bounds}

    def validate_group_by(self, value: str) -> list[str]:
        names = [name.strip() for name in value.split(",") if name.strip()]
        if len(names) > MAX_GROUP_PROPERTIES or "\0" in value:
            raise serializers.ValidationError(f"Group by at most {MAX_GROUP_PROPERTIES} properties.")
        return names

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs["group_by"] = attrs["group_by"] or []
        if not timedelta(0) < attrs["to"] - attrs["from"] <= MAX_WINDOW:
            raise serializers.ValidationError(
                {"to": "The window ends after its start, at most two years later."}
            )
        return attrs


class UsageGroupSerializer(serializers.Serializer[Any]):
    """The value of the events that have these properties; null: events without the property."""

    group = serializers.DictField(child=serializers.CharField(allow_null=True))
    value = DecimalString()

    def to_representation(self, instance: tuple[Group, Decimal]) -> dict[str, Any]:
        group, value = instance
        return super().to_representation({"group": group, "value": value})


class UsageDaySerializer(serializers.Serializer[Any]):
    """The value of one calendar day in the customer's time zone."""

    date = serializers.DateField()
    value = DecimalString()

    def to_representation(self, instance: UsageDay) -> dict[str, Any]:
        day, value = instance
        return super().to_representation({"date": day, "value": value})


class MeterSummarySerializer(serializers.Serializer[Any]):
    """Which meter a value is of."""

    id = serializers.CharField(source="public_id")
    code = serializers.CharField()
    name = serializers.CharField()
    unit_name = serializers.CharField()
    aggregation = serializers.CharField()


class MeterUsageSerializer(serializers.Serializer[Any]):
    """A meter's value over [starts_at, ends_at), as a decimal string; `as_of` is the customer's present."""

    object = ObjectType("meter_usage")
    meter = MeterSummarySerializer()
    customer = serializers.CharField(source="customer.public_id")
    livemode = serializers.BooleanField(source="customer.livemode")
    starts_at = Rfc3339UtcField()
    ends_at = Rfc3339UtcField()
    value = DecimalString()
    groups = UsageGroupSerializer(many=True, required=False)
    days = UsageDaySerializer(many=True, required=False)
    as_of = Rfc3339UtcField()


class EventCorrectionSerializer(serializers.Serializer[Any]):
    """What became of an event that was to be amended or voided."""

    object = ObjectType("event_correction")
    id = serializers.CharField()
    status = serializers.ChoiceField(choices=CorrectionOutcome.choices)
    livemode = serializers.BooleanField()

    def get_fields(self) -> dict[str, Any]:
        # Every field of DRF has an attribute of this name, so it cannot be one of the class.
        return {**super().get_fields(), "source": serializers.CharField()}


class MeterDifferenceSerializer(serializers.Serializer[Any]):
    """A meter's value over the window of a backfill, without it and with it."""

    meter = MeterSummarySerializer()
    before = DecimalString()
    after = DecimalString()


class EventAnswerSerializer(serializers.Serializer[Any]):
    """What became of the event at `index` of a backfill."""

    index = serializers.IntegerField()
    id = serializers.CharField()
    status = serializers.ChoiceField(choices=IntakeOutcome.choices)


class EventBackfillSerializer(serializers.Serializer[Any]):
    """What a backfill did, or would do where `dry_run` is true: events by outcome, and each meter's value."""

    object = ObjectType("event_backfill")
    dry_run = serializers.BooleanField()
    livemode = serializers.BooleanField()
    accepted = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    amended = serializers.IntegerField()
    conflicts = serializers.IntegerField()
    voided = serializers.IntegerField()
    meters = MeterDifferenceSerializer(many=True)
    results = EventAnswerSerializer(many=True, source="answers")
