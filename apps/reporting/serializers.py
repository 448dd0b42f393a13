from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.core.api.fields import MinorUnits, ObjectType, Rfc3339UtcField


class DeferredMonthSerializer(serializers.Serializer[Any]):
    """What is still to be earned in one month, named by its first day."""

    currency = serializers.CharField()
    month = serializers.DateField()
    amount_minor = MinorUnits()


class DeferredRevenueSerializer(serializers.Serializer[Any]):
    """Deferred revenue by the month that earns it; a currency's months sum to its account in the ledger."""

    object = ObjectType("deferred_revenue")
    livemode = serializers.BooleanField()
    at = Rfc3339UtcField()
    data = DeferredMonthSerializer(many=True)  # type: ignore[assignment]


class DeferredRevenueQuery(serializers.Serializer[Any]):
    at = Rfc3339UtcField(
        required=False, default=None, help_text="As the books stood before this instant; now by default."
    )


class TaxRowSerializer(serializers.Serializer[Any]):
    """One tax of one place, net of credit notes; `category` is a code of UNCL5305."""

    jurisdiction = serializers.CharField()
    registration = serializers.CharField()
    kind = serializers.CharField()
    category = serializers.CharField()
    name = serializers.CharField()
    percent = serializers.DecimalField(max_digits=9, decimal_places=6)
    currency = serializers.CharField()
    taxable_minor = MinorUnits()
    tax_minor = MinorUnits()
    local_currency = serializers.CharField(
        help_text="In which the place asks for the tax, whatever the invoices are in; may be empty."
    )
    local_taxable_minor = MinorUnits(allow_null=True)
    local_tax_minor = MinorUnits(
        allow_null=True, help_text="The sum of what the documents tell, each at the rate of its day."
    )
    documents = serializers.IntegerField()


class TaxReportSerializer(serializers.Serializer[Any]):
    """What a tax return asks for, of the days [from, to] in the brand's zone."""

    object = ObjectType("tax_report")
    livemode = serializers.BooleanField()
    since = Rfc3339UtcField()
    until = Rfc3339UtcField(help_text="Exclusive.")
    data = TaxRowSerializer(many=True)  # type: ignore[assignment]


class TaxReportQuery(serializers.Serializer[Any]):
    to = serializers.DateField(help_text="The last day, inclusive, in the brand's zone.")

    def get_fields(self) -> dict[str, Any]:
        """With `from`, which is a keyword of Python."""
        first = serializers.DateField(help_text="The first day, in the brand's zone.")
        return {"from": first, **super().get_fields()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["to"] < attrs["from"]:
            raise serializers.ValidationError({"to": "The last day is not before the first."})
        return attrs
