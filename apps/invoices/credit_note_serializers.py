"""Credit notes as the API shows them. Amounts are minor units of the invoice's currency."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.api.expand import ExpandableField
from apps.core.api.fields import DecimalString, MetadataField, MinorUnits, ObjectType, Rfc3339UtcField
from apps.core.api.strict import StrictSerializer
from apps.customers.serializers import CustomerSerializer
from apps.invoices.models import CreditNote, CreditNoteLine
from apps.invoices.serializers import OPEN_OBJECT, InvoiceSerializer, TaxBreakdownSerializer
from apps.invoices.snapshot import line_explanation


class CreditNoteLineSerializer(serializers.ModelSerializer[CreditNoteLine]):
    """What is given back of one invoice line, in positive amounts; `explanation` says why in sentences."""

    id = serializers.CharField(source="public_id", read_only=True)
    object = ObjectType("credit_note_line")
    invoice_line = serializers.CharField(source="invoice_line.public_id", read_only=True)
    quantity = DecimalString(read_only=True, allow_null=True)
    exact_amount = DecimalString(read_only=True, help_text="In major units, not rounded.")
    amount_minor = MinorUnits(read_only=True, help_text="Before discount and tax.")
    discount_minor = MinorUnits(read_only=True)
    tax_minor = MinorUnits(read_only=True)
    period_starts_at = Rfc3339UtcField(read_only=True, allow_null=True)
    period_ends_at = Rfc3339UtcField(read_only=True, allow_null=True)
    trace = serializers.SerializerMethodField()
    explanation = serializers.SerializerMethodField()

    class Meta:
        model = CreditNoteLine
        fields = (
            "id",
            "object",
            "position",
            "invoice_line",
            "description",
            "quantity",
            "exact_amount",
            "amount_minor",
            "discount_minor",
            "tax_minor",
            "period_starts_at",
            "period_ends_at",
            "trace",
            "explanation",
        )
        read_only_fields = fields

    @extend_schema_field(OPEN_OBJECT)
    def get_trace(self, row: CreditNoteLine) -> dict[str, Any]:
        return dict(row.trace)

    def get_explanation(self, row: CreditNoteLine) -> list[str]:
        return line_explanation(row)


class CreditNoteSerializer(serializers.ModelSerializer[CreditNote]):
    """A correction of an invoice, in positive amounts: total = refund + balance + offset."""

    id = serializers.CharField(source="public_id", read_only=True)
    object = ObjectType("credit_note")
    customer = ExpandableField(serializer=CustomerSerializer)
    invoice = ExpandableField(serializer=InvoiceSerializer)
    subtotal_minor = MinorUnits(read_only=True)
    discount_minor = MinorUnits(read_only=True)
    tax_minor = MinorUnits(read_only=True)
    total_minor = MinorUnits(read_only=True)
    refund_minor = MinorUnits(read_only=True, help_text="To be refunded; see refund_status.")
    balance_minor = MinorUnits(read_only=True, help_text="To the customer's balance.")
    offset_minor = MinorUnits(read_only=True, help_text="Off what the invoice has due.")
    metadata = MetadataField(read_only=True)
    issued_at = Rfc3339UtcField(read_only=True)
    voided_at = Rfc3339UtcField(read_only=True, allow_null=True)

    class Meta:
        model = CreditNote
        fields: tuple[str, ...] = (
            "id",
            "object",
            "livemode",
            "number",
            "customer",
            "invoice",
            "status",
            "reason",
            "memo",
            "currency",
            "subtotal_minor",
            "discount_minor",
            "tax_minor",
            "total_minor",
            "refund_minor",
            "balance_minor",
            "offset_minor",
            "refund_status",
            "metadata",
            "issued_at",
            "voided_at",
        )
        read_only_fields = fields


class CreditNoteWithLinesSerializer(CreditNoteSerializer):
    """A credit note with its lines and taxes."""

    lines = CreditNoteLineSerializer(many=True, read_only=True)
    taxes = TaxBreakdownSerializer(many=True, read_only=True)

    class Meta(CreditNoteSerializer.Meta):
        fields = (*CreditNoteSerializer.Meta.fields, "lines", "taxes")
        read_only_fields = fields


class VoidCreditNoteInput(StrictSerializer):
    reason = serializers.CharField(max_length=500, help_text="Kept in the log, not shown to the customer.")
