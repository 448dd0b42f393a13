"""What the endpoints of use cases read and show."""

from __future__ import annotations

from rest_framework import serializers

from apps.core.api.strict import StrictSerializer
from apps.payments.models import Payment
from apps.payments.serializers import PaymentSerializer
from apps.payments.services.action_secret import action_secret


class PayInvoiceInput(StrictSerializer):
    payment_method = serializers.CharField(
        required=False, max_length=40, help_text="Id of a card; the default one without it."
    )
    off_session = serializers.BooleanField(
        default=True, help_text="False while the customer is there to answer the bank."
    )


class PaymentWithSecretSerializer(PaymentSerializer):
    """A payment, and what the customer's page needs when the bank asks for the customer."""

    client_secret = serializers.SerializerMethodField()

    class Meta(PaymentSerializer.Meta):
        fields = (*PaymentSerializer.Meta.fields, "client_secret")
        read_only_fields = fields

    def get_client_secret(self, row: Payment) -> str:
        return action_secret(payment=row)
