"""What the API reads and shows of usage that came late."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.billing.enums import LateOutcome
from apps.core.api.fields import DecimalString, MinorUnits, ObjectType, Rfc3339UtcField
from apps.core.api.strict import StrictSerializer


class RerateInput(StrictSerializer):
    dry_run = serializers.BooleanField(
        default=True, help_text="True only says what differs; false also settles what waits for no invoice."
    )


class PeriodDifferenceSerializer(serializers.Serializer[Any]):
    """The usage of a closed period, as it was billed and as it is now."""

    meter = serializers.CharField(source="usage.item.price.meter.code")
    price = serializers.CharField(source="usage.item.price.public_id")
    period_starts_at = Rfc3339UtcField(source="usage.period.starts_at")
    period_ends_at = Rfc3339UtcField(source="usage.period.ends_at")
    periods_back = serializers.IntegerField(source="usage.periods_back")
    billed_quantity = DecimalString()
    billed_minor = MinorUnits()
    quantity = DecimalString()
    amount_minor = MinorUnits()
    difference_minor = MinorUnits(help_text="Below zero where too much was billed.")
    outcome = serializers.ChoiceField(LateOutcome.choices, help_text="What becomes of the difference.")


class ReratingSerializer(serializers.Serializer[Any]):
    """The closed periods that late usage can reach. Amounts are minor units of the currency."""

    object = ObjectType("rerating")
    subscription = serializers.CharField()
    currency = serializers.CharField()
    as_of = Rfc3339UtcField()
    dry_run = serializers.BooleanField()
    data = PeriodDifferenceSerializer(many=True)  # type: ignore[assignment]
    invoices = serializers.ListField(
        child=serializers.CharField(), help_text="Ids of the invoices that were issued because of it."
    )
    credit_notes = serializers.ListField(
        child=serializers.CharField(), help_text="Ids of the credit notes that were issued because of it."
    )
