"""Balances as the API shows them. Amounts are minor units of the balance's currency."""

from __future__ import annotations

from rest_framework import serializers

from apps.core.api.fields import MinorUnits, ObjectType, Rfc3339UtcField
from apps.core.api.strict import StrictSerializer
from apps.wallets.models import BalanceMovement, CustomerBalance


class CustomerBalanceSerializer(serializers.ModelSerializer[CustomerBalance]):
    """What a customer may spend in one currency."""

    id = serializers.CharField(source="public_id", read_only=True)
    object = ObjectType("customer_balance")
    balance_minor = MinorUnits(read_only=True)

    class Meta:
        model = CustomerBalance
        fields = ("id", "object", "livemode", "currency", "balance_minor")
        read_only_fields = fields


class BalanceMovementSerializer(serializers.ModelSerializer[BalanceMovement]):
    """One change of a balance: a credit is positive, a debit negative."""

    id = serializers.CharField(source="public_id", read_only=True)
    object = ObjectType("balance_movement")
    currency = serializers.CharField(source="balance.currency", read_only=True)
    amount_minor = MinorUnits(read_only=True)
    balance_after_minor = MinorUnits(read_only=True)
    reference = serializers.CharField(
        source="reference_id", read_only=True, help_text="Id of the document behind it."
    )
    at = Rfc3339UtcField(read_only=True)

    class Meta:
        model = BalanceMovement
        fields = (
            "id",
            "object",
            "currency",
            "kind",
            "amount_minor",
            "balance_after_minor",
            "reference_type",
            "reference",
            "note",
            "at",
        )
        read_only_fields = fields


class AdjustBalanceInput(StrictSerializer):
    amount_minor = MinorUnits(help_text="Positive gives, negative takes; never 0.")
    currency = serializers.CharField(
        required=False, default="", min_length=3, max_length=3, help_text="ISO 4217; the customer's without."
    )
    note = serializers.CharField(max_length=300, help_text="Why; the customer sees it.")
