"""What the API reads of invoices that are written by hand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from apps.core.api.fields import DecimalString, Rfc3339UtcField
from apps.core.api.strict import StrictSerializer
from apps.customers.models import Customer
from apps.invoices.manual_line import STANDARD, ManualLine
from apps.invoices.services.draft import InvoiceTerms
from apps.pricing.currencies import is_currency
from apps.subscriptions.enums import CollectionMethod

MOST_LINES = 250


class ServicePeriodInput(StrictSerializer):
    starts_at = Rfc3339UtcField()
    ends_at = Rfc3339UtcField(help_text="Not part of the period any more.")


class ManualLineInput(StrictSerializer):
    description = serializers.CharField(max_length=300)
    quantity = DecimalString(required=False, help_text="Above zero; 1 without.")
    unit_price = DecimalString(
        help_text="Exact, in major units of the invoice's currency; below zero takes something off."
    )
    unit_name = serializers.CharField(required=False, allow_blank=True, max_length=40)
    tax_code = serializers.CharField(
        required=False, max_length=40, help_text=f"What is sold, to the law; {STANDARD} without."
    )
    tax_included = serializers.BooleanField(required=False, help_text="Whether the price contains the tax.")
    period = ServicePeriodInput(
        required=False, allow_null=True, help_text="When the service is given; earned at once without."
    )


class ManualLineChange(ManualLineInput):
    """What is not sent stays as it is."""

    description = serializers.CharField(required=False, max_length=300)
    unit_price = DecimalString(
        required=False,
        help_text="Exact, in major units of the invoice's currency; below zero takes something off.",
    )


class CreateInvoiceInput(StrictSerializer):
    customer = serializers.CharField(max_length=255, help_text="Id or external id of a customer.")
    currency = serializers.CharField(
        required=False, min_length=3, max_length=3, help_text="ISO 4217; the customer's without."
    )
    collection_method = serializers.ChoiceField(
        CollectionMethod.choices, required=False, default=CollectionMethod.CHARGE_AUTOMATICALLY
    )
    net_terms_days = serializers.IntegerField(
        required=False, min_value=0, max_value=365, help_text="The customer's or the brand's without."
    )
    po_number = serializers.CharField(required=False, default="", allow_blank=True, max_length=60)
    memo = serializers.CharField(required=False, default="", allow_blank=True, max_length=2000)
    lines = serializers.ListField(
        child=ManualLineInput(), required=False, default=list, max_length=MOST_LINES
    )

    def validate_currency(self, value: str) -> str:
        if not is_currency(value.upper()):
            raise serializers.ValidationError("This is not an ISO 4217 currency.")
        return value.upper()


def manual_line_from(given: dict[str, Any], before: ManualLine | None = None) -> ManualLine:
    """The line that was asked for; what was not sent is as before."""
    values = {name: value for name, value in given.items() if name != "period"}
    if "period" in given:
        period = given["period"] or {}
        values |= {"period_starts_at": period.get("starts_at"), "period_ends_at": period.get("ends_at")}
    if before is not None:
        return replace(before, **values)
    return ManualLine(**{"quantity": Decimal(1), **values})


def invoice_terms_from(given: dict[str, Any], customer: Customer) -> InvoiceTerms:
    """How the invoice that was asked for is to be paid."""
    known = customer.net_terms_days
    days = customer.brand.net_terms_days if known is None else known
    return InvoiceTerms(
        currency=given.get("currency") or customer.currency,
        collection_method=CollectionMethod(given["collection_method"]),
        net_terms_days=given.get("net_terms_days", days),
    )
