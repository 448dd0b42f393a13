from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from apps.accounts.models import ApiKey
from apps.core import clock
from apps.core.api.views import ApiView
from apps.customers.models import Customer
from apps.customers.selectors import get_customer, now_for
from apps.plans.selectors import get_meter, get_plan, get_product
from apps.promos import selectors
from apps.promos.models import Coupon, PromotionCode, Redemption
from apps.promos.offers import OfferedLine, Purchase, compare_offers
from apps.promos.serializers import (
    CompareOffersInput,
    CouponSerializer,
    CreateCouponInput,
    CreatePromotionCodeInput,
    OfferComparisonSerializer,
    PromotionCodeSerializer,
    RedeemInput,
    RedemptionSerializer,
    UpdateCouponInput,
    UpdatePromotionCodeInput,
    limits_of,
    new_coupon,
)
from apps.promos.services.create_coupon import create_coupon
from apps.promos.services.create_promotion_code import create_promotion_code
from apps.promos.services.end_redemption import end_redemption
from apps.promos.services.redeem import redeem_coupon
from apps.promos.services.update_coupon import update_coupon
from apps.promos.services.update_promotion_code import update_promotion_code
from apps.subscriptions.billed_line import BilledLine
from apps.subscriptions.models import Subscription
from apps.subscriptions.selectors import get_subscription

READ_WRITE = {"get": "coupons:read", "post": "coupons:write"}
READ_CHANGE = {"get": "coupons:read", "patch": "coupons:write"}
ARCHIVED = OpenApiParameter("archived", str, enum=["true", "false"])


class PromoView(ApiView):
    """What every endpoint here shares: everything is looked up within the key's brand and mode."""

    @property
    def key(self) -> ApiKey:
        return self.request.auth  # type: ignore[return-value]

    @property
    def scope(self) -> dict[str, Any]:
        return {"brand_id": self.key.brand_id, "livemode": self.key.livemode}

    def read(self, form_class: type[BaseSerializer[Any]]) -> dict[str, Any]:
        form = form_class(data=self.request.data)
        form.is_valid(raise_exception=True)
        return dict(form.validated_data)

    def customer(self, reference: str) -> Customer:
        return get_customer(**self.scope, reference=reference)

    def coupon(self, reference: str) -> Coupon:
        return selectors.get_coupon(**self.scope, reference=reference)

    def promotion_code(self, reference: str) -> PromotionCode:
        return selectors.get_promotion_code(**self.scope, reference=reference)

    def redemption(self, reference: str) -> Redemption:
        return selectors.get_redemption(**self.scope, reference=reference)

    def subscription(self, reference: str | None) -> Subscription | None:
        return get_subscription(**self.scope, reference=reference) if reference else None


class Coupons(PromoView):
    required_scopes: ClassVar = READ_WRITE

    @extend_schema(operation_id="list_coupons", responses=CouponSerializer(many=True), parameters=[ARCHIVED])
    def get(self, request: Request) -> Response:
        """The coupons of the key's brand and mode, newest first."""
        coupons = selectors.coupons_of(**self.scope)
        if archived := self.filter_choice("archived", ("true", "false")):
            coupons = coupons.filter(archived_at__isnull=archived != "true")
        return self.list_response(coupons, CouponSerializer)

    @extend_schema(operation_id="create_coupon", request=CreateCouponInput, responses={201: CouponSerializer})
    def post(self, request: Request) -> Response:
        """Add a coupon; what it takes off never changes afterwards."""
        asked = self.read(CreateCouponInput)
        brand_id = self.key.brand_id
        new = new_coupon(
            asked,
            plans=[get_plan(reference=each, brand_id=brand_id) for each in asked["plans"]],
            products=[get_product(reference=each) for each in asked["products"]],
            meters=[get_meter(reference=each) for each in asked["meters"]],
        )
        made = create_coupon(brand=self.key.brand, livemode=self.key.livemode, new=new, at=clock.now())
        return self.object_response(self.coupon(made.public_id), CouponSerializer, status=201)


class CouponDetail(PromoView):
    required_scopes: ClassVar = READ_CHANGE

    @extend_schema(operation_id="get_coupon", responses=CouponSerializer)
    def get(self, request: Request, coupon_id: str) -> Response:
        """One coupon, by id or code."""
        return self.object_response(self.coupon(coupon_id), CouponSerializer)

    @extend_schema(operation_id="update_coupon", request=UpdateCouponInput, responses=CouponSerializer)
    def patch(self, request: Request, coupon_id: str) -> Response:
        """Change a coupon's name or limits, or archive it; what was redeemed goes on as it was."""
        coupon = self.coupon(coupon_id)
        update_coupon(coupon_id=coupon.pk, changes=self.read(UpdateCouponInput), at=clock.now())
        return self.object_response(self.coupon(coupon.public_id), CouponSerializer)


class PromotionCodes(PromoView):
    required_scopes: ClassVar = READ_WRITE

    @extend_schema(
        operation_id="list_promotion_codes",
        responses=PromotionCodeSerializer(many=True),
        parameters=[OpenApiParameter("coupon", str, description="Id of a coupon."), ARCHIVED],
    )
    def get(self, request: Request) -> Response:
        """The codes that customers may type, newest first."""
        codes = selectors.promotion_codes_of(**self.scope)
        if coupon := self.filter_value("coupon"):
            codes = codes.filter(coupon__public_id=coupon)
        if archived := self.filter_choice("archived", ("true", "false")):
            codes = codes.filter(archived_at__isnull=archived != "true")
        return self.list_response(codes, PromotionCodeSerializer)

    @extend_schema(
        operation_id="create_promotion_code",
        request=CreatePromotionCodeInput,
        responses={201: PromotionCodeSerializer},
    )
    def post(self, request: Request) -> Response:
        """Add a code that redeems a coupon, for everyone or for one customer."""
        asked = self.read(CreatePromotionCodeInput)
        made = create_promotion_code(
            coupon=self.coupon(asked["coupon"]),
            code=asked["code"],
            customer=self.customer(asked["customer"]) if asked["customer"] else None,
            first_purchase_only=asked["first_purchase_only"],
            limits=limits_of(asked),
            at=clock.now(),
        )
        return self.object_response(made, PromotionCodeSerializer, status=201)


class PromotionCodeDetail(PromoView):
    required_scopes: ClassVar = READ_CHANGE

    @extend_schema(operation_id="get_promotion_code", responses=PromotionCodeSerializer)
    def get(self, request: Request, promotion_code_id: str) -> Response:
        """One promotion code, by id or as it is written."""
        return self.object_response(self.promotion_code(promotion_code_id), PromotionCodeSerializer)

    @extend_schema(
        operation_id="update_promotion_code",
        request=UpdatePromotionCodeInput,
        responses=PromotionCodeSerializer,
    )
    def patch(self, request: Request, promotion_code_id: str) -> Response:
        """Change a code's limits, or archive it; what was redeemed with it goes on."""
        row = self.promotion_code(promotion_code_id)
        update_promotion_code(code_id=row.pk, changes=self.read(UpdatePromotionCodeInput), at=clock.now())
        return self.object_response(self.promotion_code(row.public_id), PromotionCodeSerializer)


class CustomerRedemptions(PromoView):
    required_scopes: ClassVar = READ_WRITE
    keyset_ordering = ("-id",)

    @extend_schema(operation_id="list_customer_redemptions", responses=RedemptionSerializer(many=True))
    def get(self, request: Request, customer_id: str) -> Response:
        """What a customer has redeemed, newest first."""
        return self.list_response(
            selectors.redemptions_of(self.customer(customer_id).pk), RedemptionSerializer
        )

    @extend_schema(operation_id="redeem_coupon", request=RedeemInput, responses={201: RedemptionSerializer})
    def post(self, request: Request, customer_id: str) -> Response:
        """Give a customer what a code stands for, from the next invoice on."""
        customer = self.customer(customer_id)
        asked = self.read(RedeemInput)
        redemption = redeem_coupon(
            customer=customer,
            code=asked["code"],
            subscription=self.subscription(asked["subscription"]),
            at=now_for(customer),
        )
        return self.object_response(redemption, RedemptionSerializer, status=201)


class CompareOffers(PromoView):
    required_scopes: ClassVar = {"post": "coupons:read"}

    @extend_schema(
        operation_id="compare_offers", request=CompareOffersInput, responses=OfferComparisonSerializer
    )
    def post(self, request: Request, customer_id: str) -> Response:
        """Say which of some codes takes most off a purchase; nothing is redeemed."""
        customer = self.customer(customer_id)
        asked = self.read(CompareOffersInput)
        purchase = Purchase(
            currency=asked["currency"],
            lines=[self.line(each) for each in asked["lines"]],
            subscription=self.subscription(asked["subscription"]),
        )
        offers = compare_offers(
            customer=customer,
            codes=asked["codes"],
            purchase=purchase,
            at=now_for(customer),
            by_customer=False,
        )
        best = next((offer.code for offer in offers if offer.takes_minor), None)
        said = {"currency": purchase.currency, "best": best, "offers": offers}
        return Response(OfferComparisonSerializer(said).data)

    def line(self, asked: dict[str, Any]) -> OfferedLine:
        brand_id = self.key.brand_id
        plan = get_plan(reference=asked["plan"], brand_id=brand_id) if asked["plan"] else None
        meter = get_meter(reference=asked["meter"]) if asked["meter"] else None
        line = BilledLine(
            plan_id=plan.pk if plan else None,
            product_id=plan.product_id if plan else None,
            meter_id=meter.pk if meter else None,
        )
        return OfferedLine(line, asked["amount_minor"])


class RedemptionDetail(PromoView):
    required_scopes: ClassVar = {"get": "coupons:read"}

    @extend_schema(operation_id="get_redemption", responses=RedemptionSerializer)
    def get(self, request: Request, redemption_id: str) -> Response:
        """One redemption with what is left of it."""
        return self.object_response(self.redemption(redemption_id), RedemptionSerializer)


class EndRedemption(PromoView):
    required_scopes: ClassVar = {"post": "coupons:write"}

    @extend_schema(operation_id="end_redemption", request=None, responses=RedemptionSerializer)
    def post(self, request: Request, redemption_id: str) -> Response:
        """Let it take nothing off from now on; what it took off stays."""
        row = self.redemption(redemption_id)
        end_redemption(redemption_id=row.pk, at=now_for(row.customer))
        return self.object_response(self.redemption(row.public_id), RedemptionSerializer)
