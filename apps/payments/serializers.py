"""Payments and payment methods as the API shows them: of a card, only what the gateway tells."""

from __future__ import annotations

from rest_framework import serializers

from apps.core.api.fields import MinorUnits, ObjectType, Rfc3339UtcField
from apps.payments.enums import DeclineKind
from apps.payments.models import Dispute, Payment, PaymentMethod


class PaymentMethodSerializer(serializers.ModelSerializer[PaymentMethod]):
    id = serializers.CharField(source="public_id", read_only=True)
    object = ObjectType("payment_method")
    created_at = Rfc3339UtcField(read_only=True)

    class Meta:
        model = PaymentMethod
        fields = (
            "id",
            "object",
            "livemode",
            "gateway",
            "kind",
            "label",
            "card_brand",
            "last4",
            "exp_month",
            "exp_year",
            "is_default",
            "is_backup",
            "created_at",
        )
        read_only_fields = fields


class PaymentSerializer(serializers.ModelSerializer[Payment]):
    id = serializers.CharField(source="public_id", read_only=True)
    object = ObjectType("payment")
    customer = serializers.CharField(source="customer.public_id", read_only=True)
    invoice = serializers.CharField(source="invoice.public_id", read_only=True)
    payment_method = serializers.CharField(
        source="payment_method.public_id", read_only=True, allow_null=True, default=None
    )
    amount_minor = MinorUnits(read_only=True)
    returned_minor = MinorUnits(
        read_only=True, help_text="What refunds under way or done, and lost disputes, take of the amount."
    )
    decline_kind = serializers.ChoiceField(DeclineKind.choices, allow_blank=True, read_only=True)
    off_session = serializers.BooleanField(source="is_off_session", read_only=True)
    created_at = Rfc3339UtcField(read_only=True)
    settled_at = Rfc3339UtcField(read_only=True, allow_null=True)

    class Meta:
        model = Payment
        fields: tuple[str, ...] = (
            "id",
            "object",
            "livemode",
            "customer",
            "invoice",
            "payment_method",
            "gateway",
            "gateway_id",
            "attempt",
            "amount_minor",
            "returned_minor",
            "currency",
            "status",
            "off_session",
            "decline_kind",
            "error_code",
            "decline_code",
            "failure_message",
            "created_at",
            "settled_at",
        )
        read_only_fields: tuple[str, ...] = fields


class DisputeSerializer(serializers.ModelSerializer[Dispute]):
    id = serializers.CharField(source="public_id", read_only=True)
    object = ObjectType("dispute")
    customer = serializers.CharField(source="customer.public_id", read_only=True)
    payment = serializers.CharField(source="payment.public_id", read_only=True)
    invoice = serializers.CharField(source="payment.invoice.public_id", read_only=True)
    amount_minor = MinorUnits(read_only=True)
    fee_minor = MinorUnits(read_only=True)
    evidence_due_at = Rfc3339UtcField(read_only=True, allow_null=True)
    evidence_sent_at = Rfc3339UtcField(read_only=True, allow_null=True)
    opened_at = Rfc3339UtcField(read_only=True)
    closed_at = Rfc3339UtcField(read_only=True, allow_null=True)

    class Meta:
        model = Dispute
        fields = (
            "id",
            "object",
            "livemode",
            "customer",
            "payment",
            "invoice",
            "gateway",
            "gateway_id",
            "amount_minor",
            "fee_minor",
            "currency",
            "reason",
            "status",
            "evidence_due_at",
            "evidence_sent_at",
            "opened_at",
            "closed_at",
        )
        read_only_fields = fields


class MethodSetupSerializer(serializers.Serializer[object]):
    """What a page needs to show the gateway's own card field."""

    object = ObjectType("method_setup")
    setup_id = serializers.CharField(read_only=True)
    client_secret = serializers.CharField(read_only=True)
    publishable_key = serializers.CharField(read_only=True)
