"""The coupons that a scenario has from its beginning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from apps.accounts.models import Brand
from apps.plans.models import Meter, Plan, Product
from apps.pricing.money import Money
from apps.promos.enums import CouponDuration, CouponType
from apps.promos.services.create_coupon import create_coupon
from apps.promos.validation import CurrencyTerms, NewCoupon, RedeemLimits

Given = Mapping[str, Any]


def make_coupons(*, brand: Brand, coupons: Iterable[Given], currency: str, at: datetime) -> None:
    """Make coupons; amounts are major units of `currency`.

    Raises:
        CouponInvalid: terms that cannot be (422).
        LookupError: it names a plan, a product or a meter that is not there.
    """
    for given in coupons:
        create_coupon(brand=brand, livemode=False, new=_new(given, currency), at=at)


def _new(given: Given, currency: str) -> NewCoupon:
    percent = given.get("percent")
    amount, minimum = (_minor(given.get(name), currency) for name in ("amount", "minimum"))
    of_currency = CurrencyTerms(currency, amount, minimum or 0)
    return NewCoupon(
        code=given["code"],
        name=given.get("name", given["code"]),
        type=CouponType.FIXED if percent is None else CouponType.PERCENT,
        percent=None if percent is None else Decimal(percent),
        currencies=() if amount is minimum is None else (of_currency,),
        duration=CouponDuration(given.get("duration", CouponDuration.ONCE)),
        invoices=given.get("invoices"),
        combinable=given.get("combinable", True),
        plans=[_row(Plan, code) for code in given.get("plans") or ()],
        products=[_row(Product, code) for code in given.get("products") or ()],
        meters=[_row(Meter, code) for code in given.get("meters") or ()],
        limits=RedeemLimits(
            max_redemptions=given.get("max_redemptions"),
            max_per_customer=given.get("max_per_customer", 1),
        ),
    )


def _minor(amount: str | None, currency: str) -> int | None:
    return None if amount is None else Money.from_exact(Decimal(amount), currency).minor


def _row(model: type[Any], code: str) -> Any:
    found = model.objects.filter(code=code).first()
    if found is None:
        raise LookupError(f"{model.__name__.lower()} {code!r}")
    return found
