from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from apps.core import clock
from apps.core.api.pagination import KeysetPagination
from apps.core.api.views import ApiView
from apps.plans import selectors
from apps.plans.models import Meter, Plan, Product
from apps.plans.serializers import (
    CreateMeterInput,
    CreatePlanInput,
    CreateProductInput,
    CreateVersionInput,
    ListedPriceSerializer,
    MeterSerializer,
    PlanSerializer,
    PlanVersionSerializer,
    ProductSerializer,
    UpdateMeterInput,
    UpdatePlanInput,
    UpdateProductInput,
    version_terms,
)
from apps.plans.services.create_meter import create_meter
from apps.plans.services.create_plan import create_plan
from apps.plans.services.create_product import create_product
from apps.plans.services.publish_version import publish_version
from apps.plans.services.revise_draft import revise_draft
from apps.plans.services.update_meter import update_meter
from apps.plans.services.update_plan import update_plan
from apps.plans.services.update_product import update_product

READ_WRITE = {"get": "catalog:read", "post": "catalog:write"}
READ_CHANGE = {"get": "catalog:read", "patch": "catalog:write"}


class CatalogView(ApiView):
    """What every endpoint of the catalog shares: plans are those that the key's brand may sell."""

    def plan(self, reference: str) -> Plan:
        return selectors.get_plan(reference=reference, brand_id=self.credential.brand_id)

    def read(self, form_class: type[BaseSerializer[Any]]) -> dict[str, Any]:
        form = form_class(data=self.request.data)
        form.is_valid(raise_exception=True)
        return dict(form.validated_data)

    def plan_response(self, plan: Plan, *, status: int = 200) -> Response:
        context = {"versions": selectors.newest_published([plan])}
        return Response(PlanSerializer(plan, context=context).data, status=status)


class Products(CatalogView):
    required_scopes: ClassVar = READ_WRITE

    @extend_schema(operation_id="list_products", responses=ProductSerializer(many=True))
    def get(self, request: Request) -> Response:
        """What is sold, newest first."""
        return self.list_response(Product.objects.all(), ProductSerializer)

    @extend_schema(
        operation_id="create_product",
        request=CreateProductInput,
        responses={201: ProductSerializer},
    )
    def post(self, request: Request) -> Response:
        """Add a product."""
        product = create_product(at=clock.now(), **self.read(CreateProductInput))
        return self.object_response(product, ProductSerializer, status=201)


class ProductDetail(CatalogView):
    required_scopes: ClassVar = READ_CHANGE

    @extend_schema(operation_id="get_product", responses=ProductSerializer)
    def get(self, request: Request, product_id: str) -> Response:
        """One product, by id or code."""
        product = selectors.get_product(reference=product_id)
        return self.object_response(product, ProductSerializer)

    @extend_schema(operation_id="update_product", request=UpdateProductInput, responses=ProductSerializer)
    def patch(self, request: Request, product_id: str) -> Response:
        """Change the texts of a product."""
        product = selectors.get_product(reference=product_id)
        changes = self.read(UpdateProductInput)
        product = update_product(product_id=product.pk, changes=changes, at=clock.now())
        return self.object_response(product, ProductSerializer)


class Meters(CatalogView):
    required_scopes: ClassVar = READ_WRITE

    @extend_schema(operation_id="list_meters", responses=MeterSerializer(many=True))
    def get(self, request: Request) -> Response:
        """How usage becomes numbers, newest first."""
        return self.list_response(Meter.objects.all(), MeterSerializer)

    @extend_schema(operation_id="create_meter", request=CreateMeterInput, responses={201: MeterSerializer})
    def post(self, request: Request) -> Response:
        """Add a meter."""
        meter = create_meter(at=clock.now(), **self.read(CreateMeterInput))
        return self.object_response(meter, MeterSerializer, status=201)


class MeterDetail(CatalogView):
    required_scopes: ClassVar = READ_CHANGE

    @extend_schema(operation_id="get_meter", responses=MeterSerializer)
    def get(self, request: Request, meter_id: str) -> Response:
        """One meter, by id or code."""
        return self.object_response(selectors.get_meter(reference=meter_id), MeterSerializer)

    @extend_schema(operation_id="update_meter", request=UpdateMeterInput, responses=MeterSerializer)
    def patch(self, request: Request, meter_id: str) -> Response:
        """Change a meter; what it counts only until a published price reads it."""
        meter = selectors.get_meter(reference=meter_id)
        changes = self.read(UpdateMeterInput)
        meter = update_meter(meter_id=meter.pk, changes=changes, at=clock.now())
        return self.object_response(meter, MeterSerializer)


class Plans(CatalogView):
    required_scopes: ClassVar = READ_WRITE

    @extend_schema(
        operation_id="list_plans",
        responses=PlanSerializer(many=True),
        parameters=[
            OpenApiParameter("product", str, description="Code of a product."),
            OpenApiParameter("public", str, enum=["true", "false"]),
            OpenApiParameter("archived", str, enum=["true", "false"]),
        ],
    )
    def get(self, request: Request) -> Response:
        """The plans that the key's brand may sell, each with its newest published version."""
        plans = selectors.plans_of_brand(brand_id=self.credential.brand_id)
        if product := self.filter_value("product"):
            plans = plans.filter(product__code=product)
        if public := self.filter_choice("public", ("true", "false")):
            plans = plans.filter(is_public=public == "true")
        if archived := self.filter_choice("archived", ("true", "false")):
            plans = plans.filter(archived_at__isnull=archived != "true")
        paginator = KeysetPagination()
        page = paginator.paginate_queryset(plans, request, view=self)
        context = {"versions": selectors.newest_published(page)}
        return paginator.get_paginated_response(PlanSerializer(page, many=True, context=context).data)

    @extend_schema(operation_id="create_plan", request=CreatePlanInput, responses={201: PlanSerializer})
    def post(self, request: Request) -> Response:
        """Add a plan; it is sold once a version of it is published."""
        fields = self.read(CreatePlanInput)
        product = selectors.get_product(reference=fields.pop("product"))
        plan = create_plan(product=product, at=clock.now(), **fields)
        return self.plan_response(plan, status=201)


class PlanDetail(CatalogView):
    required_scopes: ClassVar = READ_CHANGE

    @extend_schema(operation_id="get_plan", responses=PlanSerializer)
    def get(self, request: Request, plan_id: str) -> Response:
        """One plan, by id or code."""
        return self.plan_response(self.plan(plan_id))

    @extend_schema(operation_id="update_plan", request=UpdatePlanInput, responses=PlanSerializer)
    def patch(self, request: Request, plan_id: str) -> Response:
        """Change how a plan is shown, or archive it; running subscriptions go on."""
        plan = self.plan(plan_id)
        changes = self.read(UpdatePlanInput)
        now = clock.now()
        archived = changes.pop("archived", None)
        if archived is not None and archived != (plan.archived_at is not None):
            changes["archived_at"] = now if archived else None
        return self.plan_response(update_plan(plan_id=plan.pk, changes=changes, at=now))


class PlanVersions(CatalogView):
    required_scopes: ClassVar = READ_WRITE
    keyset_ordering = ("-number",)

    @extend_schema(operation_id="list_plan_versions", responses=PlanVersionSerializer(many=True))
    def get(self, request: Request, plan_id: str) -> Response:
        """Every version of a plan, newest first."""
        versions = self.plan(plan_id).versions.select_related("trial_end_plan")
        return self.list_response(
            versions.prefetch_related(selectors.prices_with_meters()), PlanVersionSerializer
        )

    @extend_schema(
        operation_id="create_plan_version",
        request=CreateVersionInput,
        responses={201: PlanVersionSerializer},
    )
    def post(self, request: Request, plan_id: str) -> Response:
        """Write the draft of a plan: a new one, or in the place of what the draft said before."""
        plan = self.plan(plan_id)
        terms = version_terms(self.read(CreateVersionInput))
        draft = revise_draft(plan_id=plan.pk, terms=terms, at=clock.now())
        version = selectors.get_version(plan=plan, number=draft.number)
        return self.object_response(version, PlanVersionSerializer, status=201)


class PlanVersionDetail(CatalogView):
    required_scopes: ClassVar = {"get": "catalog:read"}

    @extend_schema(operation_id="get_plan_version", responses=PlanVersionSerializer)
    def get(self, request: Request, plan_id: str, number: int) -> Response:
        """One version of a plan with its prices."""
        version = selectors.get_version(plan=self.plan(plan_id), number=number)
        return self.object_response(version, PlanVersionSerializer)


class PublishPlanVersion(CatalogView):
    required_scopes: ClassVar = {"post": "catalog:write"}

    @extend_schema(operation_id="publish_plan_version", request=None, responses=PlanVersionSerializer)
    def post(self, request: Request, plan_id: str, number: int) -> Response:
        """Put a draft on sale and freeze it for ever."""
        plan = self.plan(plan_id)
        version = selectors.get_version(plan=plan, number=number)
        publish_version(version_id=version.pk, at=clock.now())
        version = selectors.get_version(plan=plan, number=number)
        return self.object_response(version, PlanVersionSerializer)


class Prices(CatalogView):
    required_scopes: ClassVar = {"get": "catalog:read"}
    keyset_ordering = ("-id",)

    @extend_schema(
        operation_id="list_prices",
        responses=ListedPriceSerializer(many=True),
        parameters=[
            OpenApiParameter("plan", str, description="Code of a plan."),
            OpenApiParameter("currency", str),
            OpenApiParameter("meter", str, description="Code of a meter."),
        ],
    )
    def get(self, request: Request) -> Response:
        """The prices of every version of the plans that the key's brand may sell, newest first."""
        prices = selectors.prices_of_brand(brand_id=self.credential.brand_id)
        if plan := self.filter_value("plan"):
            prices = prices.filter(version__plan__code=plan)
        if currency := self.filter_value("currency"):
            prices = prices.filter(currency=currency)
        if meter := self.filter_value("meter"):
            prices = prices.filter(meter__code=meter)
        return self.list_response(prices, ListedPriceSerializer)


class PriceDetail(CatalogView):
    required_scopes: ClassVar = {"get": "catalog:read"}

    @extend_schema(operation_id="get_price", responses=ListedPriceSerializer)
    def get(self, request: Request, price_id: str) -> Response:
        """One price, by id."""
        price = selectors.get_price(reference=price_id, brand_id=self.credential.brand_id)
        return self.object_response(price, ListedPriceSerializer)
