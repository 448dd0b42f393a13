"""Prices as the API shows and reads them. Unit prices are decimal strings in major units."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.api.fields import ObjectType
from apps.core.api.strict import StrictSerializer
from apps.plans.enums import BillingTiming, ChargeModel, Interval, QuantitySource, TaxBehavior, UsageProration
from apps.plans.models import Price
from apps.plans.serializers.products import CODE, TAX_CODE
from apps.plans.terms import canonical_parameters


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
            "tax_behavior",
            "tax_code",
        )
        read_only_fields = fields


class ListedPriceSerializer(PriceSerializer):
    """A price apart from its plan says where it belongs."""

    plan = serializers.CharField(source="version.plan.code", read_only=True)
    version = serializers.IntegerField(source="version.number", read_only=True)

    class Meta(PriceSerializer.Meta):
        fields = (*PriceSerializer.Meta.fields, "plan", "version")
        read_only_fields = fields


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
    tax_behavior = serializers.ChoiceField(
        TaxBehavior.choices,
        required=False,
        default=TaxBehavior.EXCLUSIVE,
        help_text="Inclusive: the amounts contain the tax, and are the same wherever the customer is.",
    )
    tax_code = serializers.RegexField(
        TAX_CODE, required=False, allow_blank=True, default="", help_text="Empty means the product's."
    )
