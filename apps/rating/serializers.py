from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.api.fields import DecimalString, MinorUnits, ObjectType, Rfc3339UtcField
from apps.usage.serializers import MeterSummarySerializer, UsageGroupSerializer


class UsagePeriodSerializer(serializers.Serializer[Any]):
    """The running billing period, [starts_at, ends_at)."""

    starts_at = Rfc3339UtcField()
    ends_at = Rfc3339UtcField()


class RunningMeterSerializer(serializers.Serializer[Any]):
    """One meter of one subscription so far: `amount_minor` is rounded once, `trace` and `explanation` say
    why.
    """

    subscription = serializers.CharField(source="subscription.public_id")
    price = serializers.CharField(source="usage.price.public_id")
    meter = MeterSummarySerializer(source="usage.meter")
    period = UsagePeriodSerializer(source="usage.period")
    value = DecimalString(source="usage.value")
    groups = UsageGroupSerializer(many=True)
    amount_minor = MinorUnits(source="usage.money.minor")
    currency = serializers.CharField(source="usage.money.currency")
    exact_amount = DecimalString(source="usage.exact", help_text="In major units, not rounded.")
    trace = serializers.SerializerMethodField()
    explanation = serializers.SerializerMethodField()

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_trace(self, instance: Any) -> dict[str, object]:
        trace: dict[str, object] = instance["usage"].trace.to_json()
        return trace

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_explanation(self, instance: Any) -> list[str]:
        sentences: list[str] = instance["usage"].trace.explain()
        return sentences


class CustomerUsageSerializer(serializers.Serializer[Any]):
    """What a customer used in the running periods of its subscriptions; `as_of` is the customer's present."""

    object = ObjectType("customer_usage")
    customer = serializers.CharField(source="customer.public_id")
    livemode = serializers.BooleanField(source="customer.livemode")
    as_of = Rfc3339UtcField()
    data = RunningMeterSerializer(many=True)  # type: ignore[assignment]
