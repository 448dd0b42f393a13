"""Terms of a new coupon, and what can be wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from apps.core.errors import FieldError
from apps.plans.models import Meter, Plan, Product
from apps.pricing.currencies import is_currency
from apps.promos.enums import CouponDuration, CouponType
from apps.promos.models import CODE_PATTERN

LIMITS = ("starts_at", "ends_at", "max_redemptions", "max_per_customer")
MAX_MINOR = 10**15
MAX_CURRENCIES = 50
PERCENT_PLACES = 4


@dataclass(frozen=True, slots=True)
class CurrencyTerms:
    """A coupon in one currency, in minor units: what a fixed one takes off, and the minimum (0: none)."""

    currency: str
    amount_minor: int | None = None
    minimum_minor: int = 0


@dataclass(frozen=True, slots=True)
class RedeemLimits:
    """When and how often something is redeemable: [starts_at, ends_at); None is no limit."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    max_redemptions: int | None = None
    max_per_customer: int | None = 1


@dataclass(frozen=True, slots=True)
class NewCoupon:
    """Terms of a coupon that is to be made; `percent` 25 is 25 %, `invoices` is of a repeating one."""

    code: str
    name: str
    type: CouponType
    percent: Decimal | None = None
    currencies: Sequence[CurrencyTerms] = ()
    duration: CouponDuration = CouponDuration.ONCE
    invoices: int | None = None
    combinable: bool = True
    plans: Sequence[Plan] = ()
    products: Sequence[Product] = ()
    meters: Sequence[Meter] = ()
    limits: RedeemLimits = RedeemLimits()


def coupon_faults(new: NewCoupon) -> list[FieldError]:
    """Everything that is wrong with a new coupon, with the field that it is about."""
    return [
        *code_faults(new.code),
        *_discount_faults(new),
        *_currency_faults(new),
        *_duration_faults(new),
        *limit_faults(new.limits),
    ]


def code_faults(code: str) -> Iterator[FieldError]:
    if not re.fullmatch(CODE_PATTERN, code):
        yield FieldError("code", "invalid", "A code has 1 to 60 letters, digits, - and _.")


def limit_faults(limits: RedeemLimits, *, redeemed: int = 0) -> Iterator[FieldError]:
    """What is wrong with when and how often something is redeemable, of which `redeemed` are spent."""
    if limits.starts_at and limits.ends_at and limits.starts_at >= limits.ends_at:
        yield FieldError("ends_at", "before_start", "It must end after it starts.")
    if limits.max_redemptions is not None and limits.max_redemptions < max(redeemed, 1):
        yield FieldError("max_redemptions", "too_low", "It is at least 1, and at least what is redeemed.")
    if limits.max_per_customer is not None and limits.max_per_customer < 1:
        yield FieldError("max_per_customer", "too_low", "It is at least 1.")


def _discount_faults(new: NewCoupon) -> Iterator[FieldError]:
    if new.type == CouponType.FIXED:
        if new.percent is not None:
            yield FieldError("percent", "not_of_fixed", "A fixed coupon has amounts, no percentage.")
        if not new.currencies:
            yield FieldError("amounts", "required", "A fixed coupon needs an amount in some currency.")
        return
    if new.percent is None or not new.percent.is_finite() or not 0 < new.percent <= 100:
        yield FieldError("percent", "out_of_range", "A percentage is above 0 and at most 100.")
    elif new.percent != new.percent.quantize(Decimal(1).scaleb(-PERCENT_PLACES)):
        yield FieldError("percent", "too_many_decimals", f"At most {PERCENT_PLACES} decimals.")


def _currency_faults(new: NewCoupon) -> Iterator[FieldError]:
    codes = [row.currency for row in new.currencies]
    if len(codes) != len(set(codes)):
        yield FieldError("amounts", "repeated", "Each currency stands once.")
    if len(codes) > MAX_CURRENCIES:
        yield FieldError("amounts", "too_many", f"At most {MAX_CURRENCIES} currencies.")
    for index, row in enumerate(new.currencies):
        field = f"amounts[{index}]"
        if not is_currency(row.currency):
            yield FieldError(f"{field}.currency", "unknown_currency", "That is no ISO 4217 currency.")
        if new.type == CouponType.PERCENT and row.amount_minor is not None:
            yield FieldError(f"{field}.amount_minor", "not_of_percent", "A percentage has no amount.")
        if new.type == CouponType.FIXED and not 0 < (row.amount_minor or 0) <= MAX_MINOR:
            yield FieldError(f"{field}.amount_minor", "out_of_range", "An amount is above zero.")
        if not 0 <= row.minimum_minor <= MAX_MINOR:
            yield FieldError(f"{field}.minimum_minor", "out_of_range", "A minimum is not negative.")


def _duration_faults(new: NewCoupon) -> Iterator[FieldError]:
    repeats = new.duration == CouponDuration.REPEATING
    if repeats and not 1 <= (new.invoices or 0) <= 1000:
        yield FieldError("duration_invoices", "out_of_range", "It repeats on 1 to 1000 invoices.")
    if not repeats and new.invoices is not None:
        yield FieldError("duration_invoices", "not_repeating", "Only a repeating coupon counts invoices.")
