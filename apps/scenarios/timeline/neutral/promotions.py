"""Coupons and wallets of a neutral case in our words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from apps.pricing.exact import plain
from apps.scenarios.cases.vocabulary import Case, unbuilt_keys

Values = Mapping[str, Any]

_FIELDS = frozenset(
    {"code", "name", "type", "amount", "percent", "frequency", "frequency_duration", "metrics", "plans"}
)
_TYPES = frozenset({"fixed", "percent", "percentage"})
_DURATIONS = {"once": "once", "recurring": "repeating", "forever": "forever"}


def unbuilt_coupons(coupons: Iterable[Values]) -> Iterator[str]:
    """What coupons say that has no counterpart."""
    for coupon in coupons:
        yield from unbuilt_keys("catalog.coupons[] field", sorted(coupon), _FIELDS)
        if coupon.get("type", "fixed") not in _TYPES:
            yield f"coupon type {coupon['type']!r} is not built yet"
        if coupon.get("frequency", "once") not in _DURATIONS:
            yield f"coupon frequency {coupon['frequency']!r} is not built yet"


def coupons_in_ours(coupons: Iterable[Values]) -> list[dict[str, Any]]:
    """Coupons that a customer may be given any number of times."""
    return [_coupon(coupon) for coupon in coupons]


def _coupon(coupon: Values) -> dict[str, Any]:
    worth = "amount" if coupon.get("type", "fixed") == "fixed" else "percent"
    said = {
        "code": coupon["code"],
        worth: coupon[worth],
        "duration": _DURATIONS[coupon.get("frequency", "once")],
        "plans": coupon.get("plans") or [],
        "meters": coupon.get("metrics") or [],
        "max_per_customer": None,
    }
    if "frequency_duration" in coupon:
        said["invoices"] = int(coupon["frequency_duration"])
    return said


def redeem_steps(step: Values, case: Case) -> Iterator[dict[str, Any]]:
    """A coupon is given to a customer."""
    yield {("code" if name == "coupon" else name): value for name, value in step.items()} | {"do": "redeem"}


def grant_steps(step: Values, case: Case) -> Iterator[dict[str, Any]]:
    """A wallet's credits, given or paid for, are prepaid money of ours at their rate."""
    rate = Decimal(step.get("rate", "1"))
    names = ("do", "granted", "paid", "rate", "metrics")
    said = {"do": "grant"} | {name: value for name, value in step.items() if name not in names}
    if step.get("metrics"):
        said["meters"] = step["metrics"]
    for name in ("paid", "granted"):
        if Decimal(step.get(name) or 0):
            yield said | {"amount": plain(rate * Decimal(step[name]))}
