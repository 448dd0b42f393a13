"""Payments and payment methods as the API shows them: of a card, only what the gateway tells."""

from __future__ import annotations

from rest_framework import serializers

from apps.core.api.fields import MinorUnits, Rfc3339UtcField
from apps.payments.models import Payment, PaymentMethod


class PaymentMethodSerializer(serializers.ModelSerializer[PaymentMethod]):
    id = serializers.CharField(source="public_id", read_only=True)
    object = serializers.SerializerMethodField()
    created_at = Rfc3339UtcField(read_only=True)

    class Meta:
        model = PaymentMethod
        fields = (
            "id",
            "object",
            "livemode",
            "gateway",
            "card_brand",
            "last4",
            "exp_month",
            "exp_year",
            "is_default",
            "created_at",
        )
        read_only_fields = fields

    def get_object(self, row: PaymentMethod) -> str:
        return "payment_method"


class PaymentSerializer(serializers.ModelSerializer[Payment]):
    id = serializers.CharField(source="public_id", read_only=True)
    object = serializers.SerializerMethodField()
    customer = serializers.CharField(source="customer.public_id", read_only=True)
    invoice = serializers.CharField(source="invoice.public_id", read_only=True)
    payment_method = serializers.CharField(
        source="payment_method.public_id", read_only=True, allow_null=True, default=None
    )
    amount_minor = MinorUnits(read_only=True)
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

    def get_object(self, row: Payment) -> str:
        return "payment"


class CardSetupSerializer(serializers.Serializer[object]):
    """What a page needs to show the gateway's own card field."""

    object = serializers.CharField(default="card_setup", read_only=True)
    setup_id = serializers.CharField(read_only=True)
    client_secret = serializers.CharField(read_only=True)
    publishable_key = serializers.CharField(read_only=True)
