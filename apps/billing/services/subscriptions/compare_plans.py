from __future__ import annotations

from fractions import Fraction

from apps.plans.enums import QuantitySource
from apps.plans.models import PlanVersion
from apps.plans.selectors import prices_of
from apps.pricing.periods.cadence import Cadence, Interval
from apps.pricing.price import price_quantity

DAYS_OF_YEAR = 365


def is_upgrade(before: PlanVersion, after: PlanVersion, currency: str) -> bool:
    """Tell whether a plan costs at least as much a year as another: its fees for one unit, without usage."""
    return yearly_fees(after, currency) >= yearly_fees(before, currency)


def yearly_fees(version: PlanVersion, currency: str) -> Fraction:
    """What a version's fees come to in a year, for one unit each, in major units: to compare, not to bill."""
    total = Fraction(0)
    for price in prices_of(version, currency):
        if price.quantity_source == QuantitySource.METER:
            continue
        fee = price_quantity(
            model=price.model, parameters=price.parameters, quantity=1, currency=currency
        ).exact
        total += Fraction(fee) * _times_a_year(Cadence(Interval(price.interval), price.interval_count))
    return total


def _times_a_year(cadence: Cadence) -> Fraction:
    return Fraction(12, cadence.months) if cadence.months else Fraction(DAYS_OF_YEAR, cadence.days)
