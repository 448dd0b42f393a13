"""Meters as the API shows and reads them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.core.api.fields import ObjectType, Rfc3339UtcField
from apps.core.api.strict import StrictSerializer
from apps.plans.enums import Aggregation, LateUsage, QuantityRounding, UniqueMode
from apps.plans.meter_validation import MAX_PRECISION
from apps.plans.models import Meter
from apps.plans.serializers.products import CODE


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
