"""The catalog as the API shows and reads it. Unit prices are decimal strings in major units."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.api.fields import ObjectType, Rfc3339UtcField
from apps.core.api.strict import StrictSerializer
from apps.plans.enums import (
    Aggregation,
    BillingTiming,
    ChargeModel,
    Interval,
    LateUsage,
    PeriodAlignment,
    QuantityRounding,
    QuantitySource,
    TrialEnd,
    UniqueMode,
    UsageProration,
)
from apps.plans.meter_validation import MAX_PRECISION
from apps.plans.models import (
    Meter,
    MinimumCommitment,
    Plan,
    PlanVersion,
    Price,
    Product,
    UsageThreshold,
)
from apps.plans.rule_validation import MAX_MINOR
from apps.plans.terms import (
    COMMITMENT_NAME,
    CommitmentTerms,
    PriceTerms,
    ThresholdTerms,
    VersionTerms,
    canonical_parameters,
)

CODE = r"^[A-Za-z0-9_-]{1,60}$"


class ProductSerializer(serializers.ModelSerializer[Product]):
    id = serializers.CharField(source="public_id", read_only=True)
    object = ObjectType("product")
    created_at = Rfc3339UtcField(read_only=True)

    class Meta:
        model = Product
        fields = ("id", "object", "code", "name", "description", "created_at")
        read_only_fields = fields


class MeterMatchSerializer(serializers.Serializer[Any]):
    property = serializers.CharField(max_length=120)
    values = serializers.ListField(child=serializers.CharField(max_length=500), min_length=1)


class MeterFilterSerializer(serializers.Serializer[Any]):
    """Either a property with its values, or what is excluded."""

    property = serializers.CharField(required=False, max_length=120)
    values = serializers.ListField(required=False, child=serializers.CharField(max_length=500), min_length=1)
    exclude = MeterMatchSerializer(
        many=True, required=False, help_text="An event that matches all of these does not count."
    )


class MeterSerializer(serializers.ModelSerializer[Meter]):
    id = serializers.CharField(source="public_id", read_only=True)
    object = ObjectType("meter")
    filters = MeterFilterSerializer(many=True, read_only=True)
    created_at = Rfc3339UtcField(read_only=True)

    class Meta:
        model = Meter
        fields = (
            "id",
            "object",
            "code",
            "name",
            "unit_name",
            "event_name",
            "aggregation",
            "value_property",
            "value_expression",
            "filters",
            "group_by",
            "unique_mode",
            "carries_over",
            "percentile",
            "rounding",
            "rounding_precision",
            "late_usage",
            "late_usage_periods",
            "created_at",
        )
        read_only_fields = fields


@extend_schema_field({"type": "object", "additionalProperties": True})
class ParametersField(serializers.Field[Any, Any, Any, Any]):
    """The parameters of a charge model; their shape is judged by pricing, with the path of each fault."""

    default_error_messages = {  # noqa: RUF012 - DRF's own shape
        "not_an_object": 'parameters is an object, such as {"unit_amount": "0.05"}.'
    }

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict):
            self.fail("not_an_object")
        return canonical_parameters(data)

    def to_representation(self, value: Any) -> Any:
        return canonical_parameters(value)


class PriceSerializer(serializers.ModelSerializer[Price]):
    id = serializers.CharField(source="public_id", read_only=True)
    object = ObjectType("price")
    meter = serializers.CharField(source="meter.code", read_only=True, allow_null=True, default=None)
    parameters = ParametersField(read_only=True)

    class Meta:
        model = Price
        fields: tuple[str, ...] = (
            "id",
            "object",
            "code",
            "name",
            "currency",
            "model",
            "parameters",
            "quantity_source",
            "meter",
            "interval",
            "interval_count",
            "timing",
            "usage_proration",
            "prorated",
        )
        read_only_fields = fields


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


class ListedPriceSerializer(PriceSerializer):
    """A price apart from its plan says where it belongs."""

    plan = serializers.CharField(source="version.plan.code", read_only=True)
    version = serializers.IntegerField(source="version.number", read_only=True)

    class Meta(PriceSerializer.Meta):
        fields = (*PriceSerializer.Meta.fields, "plan", "version")
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


class PlanSerializer(serializers.ModelSerializer[Plan]):
    """`current_version` comes from the context's `versions`, by plan id: one query for a whole page."""

    id = serializers.CharField(source="public_id", read_only=True)
    object = ObjectType("plan")
    product = serializers.CharField(source="product.code", read_only=True)
    archived_at = Rfc3339UtcField(read_only=True, allow_null=True)
    created_at = Rfc3339UtcField(read_only=True)
    current_version = serializers.SerializerMethodField()

    class Meta:
        model = Plan
        fields = (
            "id",
            "object",
            "code",
            "product",
            "name",
            "description",
            "is_free",
            "is_public",
            "position",
            "archived_at",
            "created_at",
            "current_version",
        )
        read_only_fields = fields

    @extend_schema_field(PlanVersionSerializer(allow_null=True))
    def get_current_version(self, row: Plan) -> dict[str, Any] | None:
        version = self.context["versions"].get(row.pk)
        return None if version is None else dict(PlanVersionSerializer(version).data)


class UpdateProductInput(StrictSerializer):
    name = serializers.CharField(required=False, max_length=120)
    description = serializers.CharField(required=False, allow_blank=True, max_length=5000)


class CreateProductInput(UpdateProductInput):
    code = serializers.RegexField(CODE)
    name = serializers.CharField(max_length=120)


class UpdateMeterInput(StrictSerializer):
    name = serializers.CharField(required=False, max_length=120)
    unit_name = serializers.CharField(required=False, max_length=40)
    event_name = serializers.CharField(required=False, max_length=120)
    aggregation = serializers.ChoiceField(Aggregation.choices, required=False)
    value_property = serializers.CharField(required=False, allow_blank=True, max_length=120)
    value_expression = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=500,
        help_text="Such as input_tokens + 3 * output_tokens.",
    )
    unique_mode = serializers.ChoiceField(UniqueMode.choices, required=False)
    carries_over = serializers.BooleanField(required=False)
    percentile = serializers.DecimalField(required=False, allow_null=True, max_digits=5, decimal_places=2)
    rounding = serializers.ChoiceField(QuantityRounding.choices, required=False)
    rounding_precision = serializers.IntegerField(
        required=False, min_value=-MAX_PRECISION, max_value=MAX_PRECISION
    )
    late_usage = serializers.ChoiceField(LateUsage.choices, required=False)
    late_usage_periods = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=1000
    )
    filters = MeterFilterSerializer(many=True, required=False)
    group_by = serializers.ListField(
        child=serializers.CharField(max_length=120), required=False, max_length=10
    )


class CreateMeterInput(UpdateMeterInput):
    code = serializers.RegexField(CODE)
    name = serializers.CharField(max_length=120)
    event_name = serializers.CharField(max_length=120)
    aggregation = serializers.ChoiceField(Aggregation.choices)


class UpdatePlanInput(StrictSerializer):
    name = serializers.CharField(required=False, max_length=120)
    description = serializers.CharField(required=False, allow_blank=True, max_length=5000)
    is_public = serializers.BooleanField(required=False)
    position = serializers.IntegerField(required=False, min_value=0, max_value=32767)
    archived = serializers.BooleanField(required=False, help_text="An archived plan is not sold.")


class CreatePlanInput(StrictSerializer):
    product = serializers.CharField(max_length=60, help_text="Id or code of a product.")
    code = serializers.RegexField(CODE)
    name = serializers.CharField(max_length=120)
    description = serializers.CharField(required=False, allow_blank=True, max_length=5000)
    is_free = serializers.BooleanField(required=False)
    is_public = serializers.BooleanField(required=False)
    position = serializers.IntegerField(required=False, min_value=0, max_value=32767)


class PriceInput(StrictSerializer):
    code = serializers.RegexField(CODE)
    name = serializers.CharField(max_length=120)
    currency = serializers.CharField(min_length=3, max_length=3, help_text="ISO 4217.")
    model = serializers.ChoiceField(ChargeModel.choices)
    parameters = ParametersField()
    quantity_source = serializers.ChoiceField(
        QuantitySource.choices, required=False, default=QuantitySource.FIXED
    )
    meter = serializers.CharField(
        required=False, allow_null=True, default=None, max_length=60, help_text="Code of a meter."
    )
    interval = serializers.ChoiceField(Interval.choices, required=False, default=Interval.MONTH)
    interval_count = serializers.IntegerField(required=False, default=1, min_value=1, max_value=100)
    timing = serializers.ChoiceField(
        BillingTiming.choices,
        required=False,
        help_text="A metered price is billed in arrears unless this says in_advance: each event at once.",
    )
    usage_proration = serializers.ChoiceField(
        UsageProration.choices, required=False, default=UsageProration.NONE
    )
    prorated = serializers.BooleanField(
        required=False,
        default=True,
        help_text="False: a fee costs the same for a part of a period, and nothing of it is credited.",
    )


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
