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
    before = Rfc3339UtcField(allow_null=True)
    data = AccountTotalSerializer(many=True)  # type: ignore[assignment]


class TrialBalanceQuery(serializers.Serializer[Any]):
    before = Rfc3339UtcField(
        required=False, default=None, help_text="Leave out what was posted at or after this instant."
    )
