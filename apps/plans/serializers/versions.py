"""Versions of a plan, with prices, commitments and thresholds, as the API shows and reads them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.core.api.fields import ObjectType, Rfc3339UtcField
from apps.core.api.strict import StrictSerializer
from apps.plans.enums import BillingTiming, PeriodAlignment, QuantitySource, TrialEnd
from apps.plans.models import MinimumCommitment, PlanVersion, UsageThreshold
from apps.plans.rule_validation import MAX_MINOR
from apps.plans.serializers.prices import PriceInput, PriceSerializer
from apps.plans.terms import COMMITMENT_NAME, CommitmentTerms, PriceTerms, ThresholdTerms, VersionTerms


class CommitmentSerializer(serializers.ModelSerializer[MinimumCommitment]):
    class Meta:
        model = MinimumCommitment
        fields = ("currency", "amount_minor", "name")
        read_only_fields = fields


class ThresholdSerializer(serializers.ModelSerializer[UsageThreshold]):
    recurring = serializers.BooleanField(source="is_recurring", read_only=True)

    class Meta:
        model = UsageThreshold
        fields = ("currency", "amount_minor", "recurring")
        read_only_fields = fields


class PlanVersionSerializer(serializers.ModelSerializer[PlanVersion]):
    id = serializers.CharField(source="public_id", read_only=True)
    object = ObjectType("plan_version")
    trial_end_plan = serializers.CharField(
        source="trial_end_plan.code", read_only=True, allow_null=True, default=None
    )
    policies = serializers.DictField(child=serializers.CharField(), read_only=True)
    commitments = CommitmentSerializer(many=True, read_only=True)
    thresholds = ThresholdSerializer(many=True, read_only=True)
    prices = PriceSerializer(many=True, read_only=True)
    created_at = Rfc3339UtcField(read_only=True)
    published_at = Rfc3339UtcField(read_only=True, allow_null=True)

    class Meta:
        model = PlanVersion
        fields = (
            "id",
            "object",
            "number",
            "status",
            "alignment",
            "trial_days",
            "trial_requires_card",
            "trial_end",
            "trial_end_plan",
            "highlights",
            "policies",
            "commitments",
            "thresholds",
            "prices",
            "created_at",
            "published_at",
        )
        read_only_fields = fields


class CommitmentInput(StrictSerializer):
    currency = serializers.CharField(min_length=3, max_length=3, help_text="ISO 4217.")
    amount_minor = serializers.IntegerField(
        min_value=1, max_value=MAX_MINOR, help_text="What is paid at least for a whole billing period."
    )
    name = serializers.CharField(required=False, default=COMMITMENT_NAME, max_length=120)


class ThresholdInput(StrictSerializer):
    currency = serializers.CharField(min_length=3, max_length=3, help_text="ISO 4217.")
    amount_minor = serializers.IntegerField(min_value=1, max_value=MAX_MINOR)
    recurring = serializers.BooleanField(
        source="is_recurring",
        required=False,
        default=False,
        help_text="At every further multiple beyond the highest of the others.",
    )


class CreateVersionInput(StrictSerializer):
    alignment = serializers.ChoiceField(
        PeriodAlignment.choices, required=False, default=PeriodAlignment.ANNIVERSARY
    )
    trial_days = serializers.IntegerField(required=False, default=0, min_value=0, max_value=730)
    trial_requires_card = serializers.BooleanField(required=False, default=False)
    trial_end = serializers.ChoiceField(TrialEnd.choices, required=False, default=TrialEnd.CONVERT)
    trial_end_plan = serializers.CharField(
        required=False, allow_null=True, default=None, max_length=60, help_text="Code of a free plan."
    )
    highlights = serializers.ListField(
        child=serializers.CharField(max_length=120), required=False, max_length=20
    )
    policies = serializers.DictField(
        child=serializers.CharField(max_length=60),
        required=False,
        help_text="Rules that differ from the defaults, by name.",
    )
    commitments = CommitmentInput(many=True, required=False, help_text="One in each currency.")
    thresholds = ThresholdInput(many=True, required=False)
    prices = PriceInput(many=True, allow_empty=False)


def version_terms(values: dict[str, Any]) -> VersionTerms:
    """The validated fields of CreateVersionInput as plain terms."""
    prices = []
    for fields in values["prices"]:
        metered = fields["quantity_source"] == QuantitySource.METER
        default = BillingTiming.IN_ARREARS if metered else BillingTiming.IN_ADVANCE
        prices.append(PriceTerms(**{"timing": default} | fields))
    lists = {
        "prices": tuple(prices),
        "highlights": tuple(values.get("highlights", ())),
        "commitments": tuple(CommitmentTerms(**fields) for fields in values.get("commitments", ())),
        "thresholds": tuple(ThresholdTerms(**fields) for fields in values.get("thresholds", ())),
    }
    return VersionTerms(**values | lists)
