"""Coupons and codes, made by the services: for tests of whatever takes money off."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import count
from typing import Any

from apps.accounts.models import Brand
from apps.promos.enums import CouponType
from apps.promos.models import Coupon, PromotionCode
from apps.promos.services.create_coupon import create_coupon
from apps.promos.services.create_promotion_code import create_promotion_code
from apps.promos.validation import CurrencyTerms, NewCoupon, RedeemLimits
from tests.factories.customers import MADE_AT, make_brand

_number = count(1)
LIMITS = ("starts_at", "ends_at", "max_redemptions", "max_per_customer")


def make_percent_coupon(percent: str = "25", *, brand: Brand | None = None, **terms: Any) -> Coupon:
    """A coupon of a percentage in test mode, once and of everything unless told otherwise."""
    return _make(brand, {"type": CouponType.PERCENT, "percent": Decimal(percent)} | terms)


def make_fixed_coupon(
    amounts: Sequence[CurrencyTerms] | int = 1500, *, brand: Brand | None = None, **terms: Any
) -> Coupon:
    """A coupon of an amount (minor units of EUR, or one for each currency) in test mode."""
    rows = [CurrencyTerms("EUR", amounts)] if isinstance(amounts, int) else amounts
    return _make(brand, {"type": CouponType.FIXED, "currencies": rows} | terms)


def make_promotion_code(coupon: Coupon, code: str | None = None, **fields: Any) -> PromotionCode:
    limits = {name: fields.pop(name) for name in LIMITS if name in fields}
    return create_promotion_code(
        coupon=coupon,
        code=code or f"PROMO-{next(_number)}",
        limits=RedeemLimits(**limits),
        at=MADE_AT,
        **fields,
    )


def _make(brand: Brand | None, terms: dict[str, Any]) -> Coupon:
    number = next(_number)
    limits = {name: terms.pop(name) for name in LIMITS if name in terms}
    new = NewCoupon(
        **{"code": f"coupon-{number}", "name": f"Coupon {number}", "limits": RedeemLimits(**limits)} | terms
    )
    return create_coupon(brand=brand or make_brand(), livemode=False, new=new, at=MADE_AT)
