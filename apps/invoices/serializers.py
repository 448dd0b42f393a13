"""Invoices as the API shows them. Amounts are minor units of the invoice's currency."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.api.expand import ExpandableField
from apps.core.api.fields import DecimalString, MetadataField, MinorUnits, ObjectType, Rfc3339UtcField
from apps.customers.serializers import CustomerSerializer
from apps.invoices.models import (
    Invoice,
    InvoiceDiscount,
    InvoiceLine,
    InvoiceTax,
    TaxBreakdown,
)
from apps.invoices.snapshot import line_explanation

OPEN_OBJECT = {"type": "object", "additionalProperties": True}


class InvoiceLineSerializer(serializers.ModelSerializer[InvoiceLine]):
    """One charge. `explanation` says in sentences what `trace` says in numbers."""

    id = serializers.CharField(source="public_id", read_only=True)
    object = ObjectType("invoice_line")
    quantity = DecimalString(read_only=True)
    amount_minor = MinorUnits(read_only=True, help_text="Rounded once, before discount and tax.")
    discount_minor = MinorUnits(read_only=True)
    tax_minor = MinorUnits(read_only=True)
    tax_rate = DecimalString(read_only=True)
    exact_amount = DecimalString(read_only=True, help_text="In major units, not rounded.")
    period_starts_at = Rfc3339UtcField(read_only=True, allow_null=True)
    period_ends_at = Rfc3339UtcField(read_only=True, allow_null=True)
    subscription = serializers.CharField(
        source="subscription.public_id", read_only=True, allow_null=True, default=None
    )
    price = serializers.CharField(source="price_id", read_only=True)
    snapshot = serializers.SerializerMethodField()
    trace = serializers.SerializerMethodField()
    explanation = serializers.SerializerMethodField()

    class Meta:
        model = InvoiceLine
        fields = (
            "id",
            "object",
            "position",
            "kind",
            "description",
            "quantity",
            "unit_name",
            "amount_minor",
            "discount_minor",
            "tax_minor",
            "tax_rate",
            "exact_amount",
            "period_starts_at",
            "period_ends_at",
            "subscription",
            "price",
            "snapshot",
            "trace",
            "explanation",
        )
        read_only_fields = fields

    @extend_schema_field(OPEN_OBJECT)
    def get_snapshot(self, row: InvoiceLine) -> dict[str, Any]:
        return dict(row.snapshot)

    @extend_schema_field(OPEN_OBJECT)
    def get_trace(self, row: InvoiceLine) -> dict[str, Any]:
        return dict(row.trace)

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_explanation(self, row: InvoiceLine) -> list[str]:
        return line_explanation(row)


class InvoiceDiscountSerializer(serializers.ModelSerializer[InvoiceDiscount]):
    """What one coupon or grant of promotional credit took off, before tax."""

    amount_minor = MinorUnits(read_only=True)

    class Meta:
        model = InvoiceDiscount
        fields = ("source", "name", "amount_minor")
        read_only_fields = fields


class TaxBreakdownSerializer(serializers.ModelSerializer[TaxBreakdown]):
    """A row of the tax breakdown; the rows sum to the document's tax."""

    percent = DecimalString(read_only=True)
    taxable_minor = MinorUnits(read_only=True)
    tax_minor = MinorUnits(read_only=True)
    note = serializers.CharField(
        read_only=True, help_text="Key of the legal text that is printed; may be empty."
    )

    class Meta:
        model = InvoiceTax
        fields: tuple[str, ...] = (
            "category",
            "kind",
            "name",
            "jurisdiction",
            "registration",
            "percent",
            "taxable_minor",
            "tax_minor",
            "note",
        )
        read_only_fields = fields


class InvoiceSerializer(serializers.ModelSerializer[Invoice]):
    id = serializers.CharField(source="public_id", read_only=True)
    object = ObjectType("invoice")
    customer = ExpandableField(serializer=CustomerSerializer)
    subtotal_minor = MinorUnits(read_only=True)
    discount_minor = MinorUnits(read_only=True)
    tax_minor = MinorUnits(read_only=True)
    tax_included_minor = MinorUnits(
        read_only=True, help_text="The part of the tax that stands in the subtotal: prices with tax."
    )
    progressive_credit_minor = MinorUnits(
        read_only=True, help_text="Billed earlier within the period; taken off before tax."
    )
    total_minor = MinorUnits(
        read_only=True, help_text="Subtotal less discount and progressive credit, with tax; never below 0."
    )
    balance_credited_minor = MinorUnits(
        read_only=True, help_text="What a negative total gave to the customer's balance."
    )
    balance_applied_minor = MinorUnits(read_only=True, help_text="Paid from the customer's balance.")
    prepaid_applied_minor = MinorUnits(read_only=True, help_text="Paid from prepaid credit.")
    credited_minor = MinorUnits(read_only=True, help_text="By how much credit notes reduced what is due.")
    paid_minor = MinorUnits(read_only=True)
    due_minor = MinorUnits(
        read_only=True, help_text="Total less balance and prepaid applied, credited and paid."
    )
    metadata = MetadataField(read_only=True)
    created_at = Rfc3339UtcField(read_only=True)
    finalize_at = Rfc3339UtcField(
        read_only=True,
        allow_null=True,
        help_text="Of a draft that waits for late usage: when it is finalised by itself.",
    )
    finalized_at = Rfc3339UtcField(read_only=True, allow_null=True)
    due_at = Rfc3339UtcField(read_only=True, allow_null=True)
    paid_at = Rfc3339UtcField(read_only=True, allow_null=True)
    voided_at = Rfc3339UtcField(read_only=True, allow_null=True)

    class Meta:
        model = Invoice
        fields: tuple[str, ...] = (
            "id",
            "object",
            "livemode",
            "number",
            "customer",
            "status",
            "currency",
            "collection_method",
            "subtotal_minor",
            "discount_minor",
            "tax_minor",
            "tax_included_minor",
            "tax_status",
            "tax_problem",
            "progressive_credit_minor",
            "total_minor",
            "balance_credited_minor",
            "balance_applied_minor",
            "prepaid_applied_minor",
            "credited_minor",
            "paid_minor",
            "due_minor",
            "net_terms_days",
            "po_number",
            "metadata",
            "created_at",
            "finalize_at",
            "finalized_at",
            "due_at",
            "paid_at",
            "voided_at",
        )
        read_only_fields = fields


class InvoiceWithLinesSerializer(InvoiceSerializer):
    """An invoice with its lines, discounts and taxes; seller and buyer as they stood when it was issued."""

    lines = InvoiceLineSerializer(many=True, read_only=True)
    discounts = InvoiceDiscountSerializer(many=True, read_only=True)
    taxes = TaxBreakdownSerializer(many=True, read_only=True)
    seller = serializers.SerializerMethodField()
    buyer = serializers.SerializerMethodField()

    class Meta(InvoiceSerializer.Meta):
        fields = (*InvoiceSerializer.Meta.fields, "seller", "buyer", "lines", "discounts", "taxes")
        read_only_fields = fields

    @extend_schema_field(OPEN_OBJECT)
    def get_seller(self, row: Invoice) -> dict[str, Any]:
        return dict(row.seller)

    @extend_schema_field(OPEN_OBJECT)
    def get_buyer(self, row: Invoice) -> dict[str, Any]:
        return dict(row.buyer)
