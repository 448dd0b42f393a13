from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from apps.pricing.errors import PricingError
from apps.pricing.exact import exact_fraction
from apps.pricing.money import Money
from apps.pricing.periods.period import Period
from apps.pricing.periods.wall_clock import local_day
from apps.pricing.rounding import rounded_units
from apps.pricing.trace import Step, step

SHOWN_DECIMALS = 12


class ProrationUnit(StrEnum):
    """Policy `proration_unit`: in what the parts of a period are counted."""

    DAY = "day"
    """Calendar days in the customer's zone: a day of 23 or 25 hours is one day."""
    SECOND = "second"
    NONE = "none"
    """No proration: a part costs as much as the whole."""


@dataclass(frozen=True, slots=True)
class Prorated:
    """A part of an amount as an exact fraction of major units, with the two counts it came from."""

    exact: Fraction
    numerator: int
    denominator: int
    unit: ProrationUnit

    def money(self, currency: str) -> Money:
        """Return the part rounded once, half away from zero, from the exact fraction."""
        return Money.from_exact(self.exact, currency)

    @property
    def shown(self) -> Decimal:
        """The part in major units to 12 decimals, half away from zero: to store, never to bill from."""
        units = rounded_units(self.exact, SHOWN_DECIMALS)
        return Decimal(units).scaleb(-SHOWN_DECIMALS) if units else Decimal(0)

    def step(self) -> Step:
        """Return the step that tells this part in a trace."""
        return step(
            "prorated",
            numerator=str(self.numerator),
            denominator=str(self.denominator),
            unit=f"{self.unit}s",
            amount=self.shown,
        )


def prorated(
    exact: Decimal | Fraction, numerator: int, denominator: int, unit: ProrationUnit = ProrationUnit.DAY
) -> Prorated:
    """Return exact x numerator / denominator without rounding. `exact` is in major units.

    With the unit `none` the whole amount is returned whatever the counts are.

    Raises:
        PricingError: `float_refused`; `invalid_proration` unless 0 <= numerator and 0 < denominator.
    """
    whole = exact_fraction(exact, "exact")
    if numerator < 0 or denominator <= 0:
        raise PricingError("invalid_proration", f"{numerator}/{denominator} is no part of a period")
    if unit is ProrationUnit.NONE:
        return Prorated(whole, 1, 1, unit)
    return Prorated(whole * numerator / denominator, numerator, denominator, unit)


def prorated_period(
    exact: Decimal | Fraction,
    *,
    part: Period,
    full: Period,
    zone: str,
    unit: ProrationUnit = ProrationUnit.DAY,
) -> Prorated:
    """Return the share of a full period's amount that falls on `part` of it, say a first calendar period.

    Days are local days of `zone`, ends exclusive. A part that is the full period costs the full amount.

    Raises:
        PricingError: as `prorated`.
    """
    return prorated(exact, units_in(part, zone, unit), units_in(full, zone, unit), unit)


def units_in(period: Period, zone: str, unit: ProrationUnit) -> int:
    """Return the length of a period in local days or whole seconds; 1 for the unit `none`."""
    if unit is ProrationUnit.DAY:
        return days_between(period.starts_at, period.ends_at, zone)
    if unit is ProrationUnit.SECOND:
        return (period.ends_at - period.starts_at) // timedelta(seconds=1)
    return 1


def days_between(start: datetime, end: datetime, zone: str) -> int:
    """Return the difference of two instants' local dates in `zone`; clock times and DST do not count."""
    return (local_day(end, zone) - local_day(start, zone)).days
