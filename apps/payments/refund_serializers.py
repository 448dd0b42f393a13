"""Refunds as the API shows them."""

from __future__ import annotations

from rest_framework import serializers

from apps.core.api.fields import MinorUnits, ObjectType, Rfc3339UtcField
from apps.payments.models import Refund


class RefundSerializer(serializers.ModelSerializer[Refund]):
    id = serializers.CharField(source="public_id", read_only=True)
    object = ObjectType("refund")
    customer = serializers.CharField(source="customer.public_id", read_only=True)
    payment = serializers.CharField(source="payment.public_id", read_only=True)
    invoice = serializers.CharField(source="payment.invoice.public_id", read_only=True)
    credit_note = serializers.CharField(
        source="credit_note.public_id", read_only=True, allow_null=True, default=None
    )
    amount_minor = MinorUnits(read_only=True)
    from_balance_minor = MinorUnits(read_only=True)
    created_at = Rfc3339UtcField(read_only=True)
    settled_at = Rfc3339UtcField(read_only=True, allow_null=True)

    class Meta:
        model = Refund
        fields: tuple[str, ...] = (
            "id",
            "object",
            "livemode",
            "customer",
            "payment",
            "invoice",
            "credit_note",
            "gateway",
            "gateway_id",
            "amount_minor",
            "from_balance_minor",
            "currency",
            "reason",
            "note",
            "status",
            "error_code",
            "failure_message",
            "created_at",
            "settled_at",
        )
        read_only_fields: tuple[str, ...] = fields
