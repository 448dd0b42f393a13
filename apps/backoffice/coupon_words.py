"""What a coupon takes off, in sentences for staff."""

from __future__ import annotations

from collections.abc import Iterable

from apps.core.formatting import format_money
from apps.plans.models import Meter, Plan, Product
from apps.promos.enums import CouponDuration
from apps.promos.models import Redemption
from apps.promos.terms import CouponTerms


def off_text(terms: CouponTerms) -> str:
    """The discount itself: `25 % off 3 invoices`, `€10.00 off, until it is used up`."""
    if terms.percent is not None:
        amount = f"{terms.percent.normalize():f} % off"
    else:
        amount = " or ".join(_money(minor, code) for code, minor in sorted(terms.amounts.items())) + " off"
    return amount + _duration(terms)


def _duration(terms: CouponTerms) -> str:
    if terms.spills:
        return ", until it is used up"
    if terms.duration is CouponDuration.FOREVER:
        return " every invoice"
    number = terms.uses or 1
    return " one invoice" if number == 1 else f" {number} invoices"


def terms_sentences(terms: CouponTerms) -> list[str]:
    """Everything that a coupon promises, a sentence each; names cost a query for each kind of limit."""
    scope = terms.scope
    found = [f"{off_text(terms)}."]
    for names, what in (
        (Meter.objects.filter(pk__in=scope.meters) if scope.meters else (), "usage of"),
        (Plan.objects.filter(pk__in=scope.plans) if scope.plans else (), "the plan"),
        (Product.objects.filter(pk__in=scope.products) if scope.products else (), "the product"),
    ):
        if names:
            found.append(f"Only for {what} {_listed(str(name) for name in names)}.")
    if terms.currencies:
        found.append(f"Only on invoices in {_listed(sorted(terms.currencies))}.")
    found += [
        f"Only from {_money(minor, code)} on of what it covers."
        for code, minor in sorted(terms.minimums.items())
    ]
    if not terms.combinable:
        found.append("It stands alone: no other discount is taken off the same lines.")
    return found


def left_text(redemption: Redemption) -> str:
    """What is left of a redemption; empty where nothing limits it."""
    if redemption.left_minor is not None:
        return f"{_money(redemption.left_minor, redemption.left_currency)} left"
    if redemption.uses_left is None:
        return ""
    return "1 invoice left" if redemption.uses_left == 1 else f"{redemption.uses_left} invoices left"


def _listed(names: Iterable[str]) -> str:
    return " or ".join(names)


def _money(minor: int, currency: str) -> str:
    return format_money(minor, currency, locale="en")
