from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.core.api.fields import MinorUnits, ObjectType, Rfc3339UtcField


class AccountTotalSerializer(serializers.Serializer[Any]):
    """One account's turnover in minor units; `balance_minor` is debits less credits."""

    account = serializers.CharField(source="account_code")
    kind = serializers.CharField()
    currency = serializers.CharField()
    debit_minor = MinorUnits()
    credit_minor = MinorUnits()
    balance_minor = MinorUnits()


class TrialBalanceSerializer(serializers.Serializer[Any]):
    """The books of one brand and mode. In each currency the balances sum to zero."""

    object = ObjectType("trial_balance")
    livemode = serializers.BooleanField()
    at = Rfc3339UtcField(allow_null=True)
    data = AccountTotalSerializer(many=True)  # type: ignore[assignment]


class TrialBalanceQuery(serializers.Serializer[Any]):
    at = Rfc3339UtcField(
        required=False, default=None, help_text="Leave out what was posted at or after this instant."
    )


class LegSerializer(serializers.Serializer[Any]):
    """One leg in minor units: a debit is positive, a credit negative."""

    account = serializers.CharField(source="account.code")
    currency = serializers.CharField()
    amount_minor = MinorUnits()


class TransactionSerializer(serializers.Serializer[Any]):
    """Why money moved, with legs that sum to zero. `reference` is what caused it."""

    id = serializers.CharField(source="public_id")
    object = ObjectType("ledger_transaction")
    kind = serializers.CharField()
    reference_type = serializers.CharField()
    reference = serializers.CharField(source="reference_id")
    at = Rfc3339UtcField()
    legs = LegSerializer(source="entries", many=True)
