"""Coupons, codes and redemptions as the API shows and reads them. Amounts are minor units."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.api.fields import DecimalString, MinorUnits, ObjectType, Rfc3339UtcField
from apps.core.api.strict import StrictSerializer
from apps.pricing.currencies import is_currency
from apps.promos.enums import CouponDuration, CouponType, EndReason
from apps.promos.models import CODE_PATTERN, Coupon, CouponAmount, PromotionCode, Redemption
from apps.promos.validation import LIMITS, CurrencyTerms, NewCoupon, RedeemLimits

MAX_COUNT = 2**31 - 1
MAX_PER_CUSTOMER = 2**15 - 1


class CouponAmountSerializer(serializers.ModelSerializer[CouponAmount]):
    amount_minor = MinorUnits(read_only=True, allow_null=True, help_text="Null of a percentage.")
    minimum_minor = MinorUnits(read_only=True, help_text="What it covers comes to at least; 0 is none.")

    class Meta:
        model = CouponAmount
        fields = ("currency", "amount_minor", "minimum_minor")
        read_only_fields = fields


@extend_schema_field({"type": "array", "items": {"type": "string"}})
class CodesField(serializers.Field[Any, Any, list[str], Any]):
    """The codes of the catalog rows that a coupon is limited to; none is all."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs, read_only=True)

    def to_representation(self, value: Any) -> list[str]:
        return [row.code for row in value.all()]


class CouponSerializer(serializers.ModelSerializer[Coupon]):
    id = serializers.CharField(source="public_id", read_only=True)
    object = ObjectType("coupon")
    percent = DecimalString(read_only=True, allow_null=True)
    amounts = CouponAmountSerializer(many=True, read_only=True)
    plans = CodesField()
    products = CodesField()
    meters = CodesField()
    starts_at = Rfc3339UtcField(read_only=True, allow_null=True)
    ends_at = Rfc3339UtcField(read_only=True, allow_null=True)
    archived_at = Rfc3339UtcField(read_only=True, allow_null=True)
    created_at = Rfc3339UtcField(read_only=True)

    class Meta:
        model = Coupon
        fields = (
            "id",
            "object",
            "livemode",
            "code",
            "name",
            "type",
            "percent",
            "amounts",
            "duration",
            "duration_invoices",
            "combinable",
            "plans",
            "products",
            "meters",
            *LIMITS,
            "redeemed_count",
            "archived_at",
            "created_at",
        )
        read_only_fields = fields


class PromotionCodeSerializer(serializers.ModelSerializer[PromotionCode]):
    id = serializers.CharField(source="public_id", read_only=True)
    object = ObjectType("promotion_code")
    coupon = serializers.CharField(source="coupon.public_id", read_only=True)
    customer = serializers.CharField(
        source="customer.public_id", read_only=True, allow_null=True, default=None
    )
    starts_at = Rfc3339UtcField(read_only=True, allow_null=True)
    ends_at = Rfc3339UtcField(read_only=True, allow_null=True)
    archived_at = Rfc3339UtcField(read_only=True, allow_null=True)
    created_at = Rfc3339UtcField(read_only=True)

    class Meta:
        model = PromotionCode
        fields = (
            "id",
            "object",
            "livemode",
            "code",
            "coupon",
            "customer",
            "first_purchase_only",
            *LIMITS,
            "redeemed_count",
            "archived_at",
            "created_at",
        )
        read_only_fields = fields


class RedemptionSerializer(serializers.ModelSerializer[Redemption]):
    """A customer's right to a coupon's terms as they were."""

    id = serializers.CharField(source="public_id", read_only=True)
    object = ObjectType("redemption")
    customer = serializers.CharField(source="customer.public_id", read_only=True)
    coupon = serializers.CharField(source="coupon.public_id", read_only=True)
    name = serializers.CharField(source="coupon.name", read_only=True)
    promotion_code = serializers.CharField(
        source="promotion_code.code", read_only=True, allow_null=True, default=None
    )
    subscription = serializers.CharField(
        source="subscription.public_id", read_only=True, allow_null=True, default=None
    )
    left_minor = MinorUnits(
        read_only=True, allow_null=True, help_text="Of an amount that is given once, when a part was used."
    )
    redeemed_at = Rfc3339UtcField(read_only=True)
    ended_at = Rfc3339UtcField(read_only=True, allow_null=True)
    end_reason = serializers.ChoiceField(EndReason.choices, read_only=True, allow_blank=True)

    class Meta:
        model = Redemption
        fields = (
            "id",
            "object",
            "livemode",
            "customer",
            "coupon",
            "name",
            "promotion_code",
            "subscription",
            "uses_left",
            "left_minor",
            "left_currency",
            "redeemed_at",
            "ended_at",
            "end_reason",
        )
        read_only_fields = fields


class LimitsInput(StrictSerializer):
    """When and how often something may be redeemed; null is no limit."""

    starts_at = Rfc3339UtcField(required=False, allow_null=True)
    ends_at = Rfc3339UtcField(required=False, allow_null=True, help_text="Exclusive.")
    max_redemptions = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=MAX_COUNT, help_text="By all customers."
    )
    max_per_customer = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=MAX_PER_CUSTOMER,
        help_text="By each customer; 1 unless given.",
    )


class CouponAmountInput(StrictSerializer):
    currency = serializers.CharField(min_length=3, max_length=3, help_text="ISO 4217.")
    amount_minor = MinorUnits(required=False, allow_null=True, default=None, help_text="Of a fixed coupon.")
    minimum_minor = MinorUnits(required=False, default=0)


class CreateCouponInput(LimitsInput):
    code = serializers.RegexField(CODE_PATTERN)
    name = serializers.CharField(max_length=120, help_text="As it stands on invoices.")
    type = serializers.ChoiceField(CouponType.choices)
    percent = DecimalString(required=False, allow_null=True, default=None, help_text='"25" is 25 %.')
    amounts = CouponAmountInput(
        many=True, required=False, help_text="Of a percentage: limits it to these currencies."
    )
    duration = serializers.ChoiceField(CouponDuration.choices, default=CouponDuration.ONCE)
    duration_invoices = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=1, max_value=1000
    )
    combinable = serializers.BooleanField(default=True, help_text="False: it stands alone.")
    plans = serializers.ListField(
        child=serializers.CharField(max_length=60), default=list, max_length=100, help_text="Ids or codes."
    )
    products = serializers.ListField(
        child=serializers.CharField(max_length=60), default=list, max_length=100, help_text="Ids or codes."
    )
    meters = serializers.ListField(
        child=serializers.CharField(max_length=60), default=list, max_length=100, help_text="Ids or codes."
    )


class UpdateCouponInput(LimitsInput):
    name = serializers.CharField(required=False, max_length=120)
    archived = serializers.BooleanField(required=False, help_text="True: nobody can redeem it any more.")


class CreatePromotionCodeInput(LimitsInput):
    coupon = serializers.CharField(max_length=60, help_text="Id or code of the coupon.")
    code = serializers.RegexField(CODE_PATTERN, help_text="Upper and lower case are the same.")
    customer = serializers.CharField(
        required=False, allow_null=True, default=None, max_length=255, help_text="Only this customer."
    )
    first_purchase_only = serializers.BooleanField(default=False)


class UpdatePromotionCodeInput(LimitsInput):
    first_purchase_only = serializers.BooleanField(required=False)
    archived = serializers.BooleanField(required=False, help_text="True: nobody can redeem it any more.")


class RedeemInput(StrictSerializer):
    code = serializers.CharField(max_length=60, help_text="A promotion code, or a coupon's code.")
    subscription = serializers.CharField(
        required=False,
        allow_null=True,
        default=None,
        max_length=255,
        help_text="Only its lines; all invoices of the customer without.",
    )


class OfferedLineInput(StrictSerializer):
    amount_minor = MinorUnits(min_value=0, help_text="Before tax.")
    plan = serializers.CharField(required=False, allow_null=True, default=None, max_length=60)
    meter = serializers.CharField(required=False, allow_null=True, default=None, max_length=60)


class CompareOffersInput(StrictSerializer):
    codes = serializers.ListField(child=serializers.CharField(max_length=60), min_length=1, max_length=20)
    currency = serializers.CharField(min_length=3, max_length=3, help_text="ISO 4217.")
    lines = OfferedLineInput(many=True, allow_empty=False)
    subscription = serializers.CharField(required=False, allow_null=True, default=None, max_length=255)

    def validate_currency(self, value: str) -> str:
        if not is_currency(value.upper()):
            raise serializers.ValidationError("That is no ISO 4217 currency.", code="unknown_currency")
        return value.upper()


class OfferSerializer(serializers.Serializer[Any]):
    """What one code alone would take off."""

    code = serializers.CharField()
    coupon = serializers.CharField(source="coupon_id", help_text="Empty where there is none.")
    name = serializers.CharField()
    takes_minor = MinorUnits()
    refusal = serializers.CharField(help_text="Code of the error that redeeming would give; empty is none.")
    reason = serializers.CharField()


class OfferComparisonSerializer(serializers.Serializer[Any]):
    """Codes compared for one purchase, the one that takes most off first."""

    object = ObjectType("offer_comparison")
    currency = serializers.CharField()
    best = serializers.CharField(allow_null=True, help_text="The code to redeem; null when none helps.")
    offers = OfferSerializer(many=True)


def limits_of(read: dict[str, Any]) -> RedeemLimits:
    """The limits of a read input; those that it leaves out are the defaults. Taken out of `read`."""
    return RedeemLimits(**{name: read.pop(name) for name in LIMITS if name in read})


def new_coupon(read: dict[str, Any], **scope: Any) -> NewCoupon:
    """The terms of a read `CreateCouponInput`; `scope` are its plans, products and meters as rows."""
    fields = dict(read)
    return NewCoupon(
        code=fields["code"],
        name=fields["name"],
        type=CouponType(fields["type"]),
        percent=fields["percent"],
        currencies=[
            CurrencyTerms(row["currency"].upper(), row["amount_minor"], row["minimum_minor"])
            for row in fields.get("amounts", ())
        ],
        duration=CouponDuration(fields["duration"]),
        invoices=fields["duration_invoices"],
        combinable=fields["combinable"],
        limits=limits_of(fields),
        **scope,
    )
