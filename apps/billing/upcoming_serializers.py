"""How the API shows the invoices that are to come."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.billing.effects import Effect
from apps.billing.request_serializers import (
    PreviewDiscountSerializer,
    PreviewLineSerializer,
    PreviewTaxSerializer,
)
from apps.core.api.fields import MinorUnits, ObjectType, Rfc3339UtcField

# What a bill without any line comes to.
_SUMS = (
    "subtotal_minor",
    "discount_minor",
    "tax_minor",
    "tax_included_minor",
    "progressive_credit_minor",
    "total_minor",
    "balance_credited_minor",
)


class UpcomingInvoiceSerializer(serializers.Serializer[Any]):
    """What will be billed at an instant, as far as it is known now: more usage makes it more.

    With discounts and tax, before the balance and prepaid credit pay of it.
    """

    object = ObjectType("upcoming_invoice")
    subscription = serializers.CharField()
    at = Rfc3339UtcField()
    currency = serializers.CharField()
    lines = PreviewLineSerializer(many=True)
    discounts = PreviewDiscountSerializer(many=True)
    taxes = PreviewTaxSerializer(many=True)
    subtotal_minor = MinorUnits(help_text="Of the lines, before discounts and tax.")
    discount_minor = MinorUnits()
    tax_minor = MinorUnits()
    tax_included_minor = MinorUnits(help_text="The part of the tax that stands in the subtotal.")
    tax_problem = serializers.CharField(
        help_text="Why the tax is not known, so that the total lacks it; empty where it is."
    )
    progressive_credit_minor = MinorUnits(
        help_text="Billed earlier of the usage among the lines; taken off before tax."
    )
    total_minor = MinorUnits()
    balance_credited_minor = MinorUnits(help_text="What a negative total gives to the balance.")

    def to_representation(self, instance: tuple[str, Effect]) -> dict[str, Any]:
        subscription, effect = instance
        bill = effect.bills[0] if effect.bills else None
        told: dict[str, Any] = {"subscription": subscription, "at": effect.at, "currency": effect.currency}
        if bill is None:
            told |= {"lines": [], "discounts": [], "taxes": [], "tax_problem": ""}
        else:
            told |= {name: getattr(bill, name) for name in ("lines", "discounts", "taxes", "tax_problem")}
        told |= {name: getattr(bill, name, 0) for name in _SUMS}
        return dict(super().to_representation(told))


class UpcomingInvoicesSerializer(serializers.Serializer[Any]):
    """The next invoice of each running subscription, each as if it came alone; `as_of` is their present."""

    object = ObjectType("list")
    customer = serializers.CharField()
    as_of = Rfc3339UtcField()
    data = UpcomingInvoiceSerializer(many=True)  # type: ignore[assignment]
