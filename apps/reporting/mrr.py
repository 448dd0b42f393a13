"""Monthly recurring revenue of one subscription: arithmetic on its pinned prices."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from apps.plans.enums import QuantitySource
from apps.plans.models import Price
from apps.pricing.money import Money
from apps.pricing.periods.cadence import Cadence, Interval
from apps.pricing.price import price_quantity
from apps.subscriptions.models import SubscriptionItem

DAYS_IN_YEAR, MONTHS_IN_YEAR = 365, 12
# The usual convention: 52 weeks and 365 days a year, whatever the calendar has.
WEEKS_IN_YEAR = 52


def recurring_revenue(items: Iterable[SubscriptionItem], currency: str) -> Money:
    """What these items bring in a month: exact shares summed, then rounded once, half away from zero.

    Fees and seats count at their full price, before discount and tax. Usage counts nothing: it does not recur
    by itself.
    """
    exact = sum((_monthly(item) for item in items), Fraction(0))
    return Money.from_exact(exact, currency)


def _monthly(item: SubscriptionItem) -> Fraction:
    price = item.price
    if price.quantity_source == QuantitySource.METER:
        return Fraction(0)
    seats = price.quantity_source == QuantitySource.SEATS
    priced = price_quantity(
        model=price.model,
        parameters=price.parameters,
        quantity=Decimal(item.quantity if seats else 1),
        currency=price.currency,
    )
    return Fraction(priced.exact) * monthly_share(_cadence(price))


def _cadence(price: Price) -> Cadence:
    return Cadence(Interval(price.interval), price.interval_count)


def monthly_share(cadence: Cadence) -> Fraction:
    """Which part of a period's price is a month's: year 1/12, quarter 1/3, week 52/12, day 365/12."""
    if cadence.months:
        return Fraction(1, cadence.months)
    if cadence.interval is Interval.WEEK:
        return Fraction(WEEKS_IN_YEAR, MONTHS_IN_YEAR * cadence.count)
    return Fraction(DAYS_IN_YEAR, MONTHS_IN_YEAR * cadence.count)
