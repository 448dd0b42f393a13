"""The catalog as the API shows and reads it. Unit prices are decimal strings in major units."""

from __future__ import annotations

from apps.plans.serializers.meters import CreateMeterInput, MeterSerializer, UpdateMeterInput
from apps.plans.serializers.plans import CreatePlanInput, PlanSerializer, UpdatePlanInput
from apps.plans.serializers.prices import ListedPriceSerializer, PriceSerializer
from apps.plans.serializers.products import CreateProductInput, ProductSerializer, UpdateProductInput
from apps.plans.serializers.versions import CreateVersionInput, PlanVersionSerializer, version_terms

__all__ = [
    "CreateMeterInput",
    "CreatePlanInput",
    "CreateProductInput",
    "CreateVersionInput",
    "ListedPriceSerializer",
    "MeterSerializer",
    "PlanSerializer",
    "PlanVersionSerializer",
    "PriceSerializer",
    "ProductSerializer",
    "UpdateMeterInput",
    "UpdatePlanInput",
    "UpdateProductInput",
    "version_terms",
]
