"""Wallets and grants as the API shows and reads them. Amounts are minor units of the wallet's currency."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.api.fields import MinorUnits, ObjectType, Rfc3339UtcField
from apps.core.api.strict import StrictSerializer
from apps.plans.enums import Interval
from apps.plans.models import Meter, Plan
from apps.wallets.enums import GrantKind, Rollover, TopUpRule
from apps.wallets.models import CreditGrant, GrantMovement, Wallet


class TopUpRuleSerializer(serializers.Serializer[Any]):
    """When a wallet asks for more credit; the fields of other rules are null or empty."""

    rule = serializers.ChoiceField(TopUpRule.choices, source="top_up_rule", read_only=True)
    amount_minor = MinorUnits(source="top_up_amount_minor", read_only=True, allow_null=True)
    threshold_minor = MinorUnits(source="top_up_threshold_minor", read_only=True, allow_null=True)
    interval = serializers.CharField(source="top_up_interval", read_only=True)
    interval_count = serializers.IntegerField(source="top_up_interval_count", read_only=True)
    monthly_cap_minor = MinorUnits(source="top_up_monthly_cap_minor", read_only=True, allow_null=True)
    next_at = Rfc3339UtcField(source="next_top_up_at", read_only=True, allow_null=True)
    paused_at = Rfc3339UtcField(
        source="top_up_paused_at",
        read_only=True,
        allow_null=True,
        help_text="Since a top-up failed; setting the rule anew ends it.",
    )


class WalletSerializer(serializers.ModelSerializer[Wallet]):
    """Credit of one customer in one currency."""

    id = serializers.CharField(source="public_id", read_only=True)
    object = ObjectType("wallet")
    customer = serializers.CharField(source="customer.public_id", read_only=True)
    balance_minor = MinorUnits(
        read_only=True, help_text="What is left of all grants, also of those that begin later."
    )
    alert_thresholds = serializers.ListField(child=MinorUnits(), read_only=True)
    top_up = TopUpRuleSerializer(source="*", read_only=True)
    created_at = Rfc3339UtcField(read_only=True)
    closed_at = Rfc3339UtcField(read_only=True, allow_null=True)

    class Meta:
        model = Wallet
        fields = (
            "id",
            "object",
            "livemode",
            "customer",
            "currency",
            "name",
            "balance_minor",
            "alert_thresholds",
            "top_up",
            "created_at",
            "closed_at",
        )
        read_only_fields = fields


class CreditGrantSerializer(serializers.ModelSerializer[CreditGrant]):
    """An amount that burns in its turn."""

    id = serializers.CharField(source="public_id", read_only=True)
    object = ObjectType("credit_grant")
    wallet = serializers.CharField(source="wallet.public_id", read_only=True)
    currency = serializers.CharField(source="wallet.currency", read_only=True)
    kind = serializers.ChoiceField(GrantKind.choices, read_only=True)
    amount_minor = MinorUnits(read_only=True)
    remaining_minor = MinorUnits(read_only=True)
    plans = serializers.SerializerMethodField(help_text="Codes of the plans it is limited to.")
    meters = serializers.SerializerMethodField(help_text="Codes of the meters it is limited to.")
    rollover = serializers.ChoiceField(Rollover.choices, read_only=True)
    reference = serializers.CharField(
        source="reference_id", read_only=True, help_text="Id of what it comes from."
    )
    effective_at = Rfc3339UtcField(read_only=True)
    expires_at = Rfc3339UtcField(read_only=True, allow_null=True)
    voided_at = Rfc3339UtcField(read_only=True, allow_null=True)

    class Meta:
        model = CreditGrant
        fields = (
            "id",
            "object",
            "wallet",
            "currency",
            "kind",
            "source",
            "name",
            "amount_minor",
            "remaining_minor",
            "priority",
            "plans",
            "meters",
            "rollover",
            "rollover_percent",
            "reference",
            "effective_at",
            "expires_at",
            "voided_at",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_plans(self, row: CreditGrant) -> list[str]:
        return _codes(Plan, row.plan_ids)

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_meters(self, row: CreditGrant) -> list[str]:
        return _codes(Meter, row.meter_ids)


class GrantMovementSerializer(serializers.ModelSerializer[GrantMovement]):
    """One change of a grant: a credit is positive, a debit negative."""

    id = serializers.CharField(source="public_id", read_only=True)
    object = ObjectType("grant_movement")
    credit_grant = serializers.CharField(source="grant.public_id", read_only=True)
    currency = serializers.CharField(source="wallet.currency", read_only=True)
    amount_minor = MinorUnits(read_only=True)
    remaining_after_minor = MinorUnits(read_only=True)
    wallet_after_minor = MinorUnits(read_only=True)
    reference = serializers.CharField(
        source="reference_id", read_only=True, help_text="Id of the document behind it."
    )
    at = Rfc3339UtcField(read_only=True)

    class Meta:
        model = GrantMovement
        fields = (
            "id",
            "object",
            "credit_grant",
            "currency",
            "kind",
            "amount_minor",
            "remaining_after_minor",
            "wallet_after_minor",
            "reference_type",
            "reference",
            "note",
            "at",
        )
        read_only_fields = fields


class TopUpInput(StrictSerializer):
    rule = serializers.ChoiceField(TopUpRule.choices)
    amount_minor = MinorUnits(required=False, help_text="What is bought each time.")
    threshold_minor = MinorUnits(required=False, help_text="Ask when the balance is below this.")
    interval = serializers.ChoiceField(Interval.choices, required=False)
    interval_count = serializers.IntegerField(required=False, min_value=1, max_value=100)
    starts_at = Rfc3339UtcField(required=False, help_text="The first regular time; now without.")
    monthly_cap_minor = MinorUnits(required=False, help_text="The most that the rule asks for in a month.")


class UpdateWalletInput(StrictSerializer):
    name = serializers.CharField(required=False, allow_blank=True, max_length=120)
    alert_thresholds = serializers.ListField(
        child=MinorUnits(), required=False, max_length=10, help_text="An event tells of falling below one."
    )
    top_up = TopUpInput(required=False)


class OpenWalletInput(UpdateWalletInput):
    customer = serializers.CharField(max_length=255, help_text="Id or external id.")
    currency = serializers.CharField(
        required=False, default="", min_length=3, max_length=3, help_text="ISO 4217; the customer's without."
    )


class GrantInput(StrictSerializer):
    kind = serializers.ChoiceField(GrantKind.choices)
    amount_minor = MinorUnits()
    name = serializers.CharField(required=False, max_length=120, help_text="What the customer reads.")
    priority = serializers.IntegerField(required=False, min_value=1, max_value=50)
    effective_at = Rfc3339UtcField(required=False, help_text="Now without.")
    expires_at = Rfc3339UtcField(required=False, help_text="Never without.")
    plans = serializers.ListField(
        child=serializers.CharField(max_length=60), required=False, max_length=50, help_text="Ids or codes."
    )
    meters = serializers.ListField(
        child=serializers.CharField(max_length=60), required=False, max_length=50, help_text="Ids or codes."
    )
    rollover = serializers.ChoiceField(Rollover.choices, required=False)
    rollover_percent = serializers.IntegerField(required=False, min_value=1, max_value=100)


class VoidGrantInput(StrictSerializer):
    reason = serializers.CharField(max_length=300, help_text="Why; the customer sees it.")


def _codes(model: type[Plan] | type[Meter], keys: list[int]) -> list[str]:
    # Most grants are limited to nothing.
    own = model.objects.filter(pk__in=keys).order_by("code")
    return list(own.values_list("code", flat=True)) if keys else []
