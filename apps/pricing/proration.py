from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from apps.pricing.errors import PricingError
from apps.pricing.exact import exact_fraction
from apps.pricing.money import Money
from apps.pricing.periods.period import Period
from apps.pricing.periods.schedule import Schedule, full_period, period_containing
from apps.pricing.periods.wall_clock import local_day
from apps.pricing.proration_policy import Denominator, ProrationPolicy, ProrationRounding, ProrationUnit
from apps.pricing.rounding import Rounding, rounded_units
from apps.pricing.trace import Step, step

SHOWN_DECIMALS = 12
FACTOR_DECIMALS = 9
DEFAULT = ProrationPolicy()


@dataclass(frozen=True, slots=True)
class Share:
    """Which part of a whole period a part of it is: two counts of `unit`, and the factor to multiply by.

    `factor` is numerator / denominator exactly, or rounded half up to 9 decimals where the policy says so.
    It is above 1 only for a part that is longer than its whole period, such as a bridge to another day.
    """

    numerator: int
    denominator: int
    factor: Fraction
    unit: ProrationUnit = ProrationUnit.DAY

    @property
    def is_whole(self) -> bool:
        return self.factor == 1

    @property
    def shown(self) -> Decimal:
        """The factor to 12 decimals, half up: to show, never to multiply by."""
        return _shown(self.factor)


WHOLE = Share(1, 1, Fraction(1), ProrationUnit.NONE)
NOTHING = Share(0, 1, Fraction(0), ProrationUnit.NONE)


@dataclass(frozen=True, slots=True)
class Prorated:
    """A part of an amount as an exact fraction of major units, its share, and how it is rounded."""

    exact: Fraction
    share: Share
    rounding: Rounding = Rounding.HALF_UP

    def money(self, currency: str) -> Money:
        """Return the part rounded once from the exact fraction, half away from zero by default."""
        return Money.from_exact(self.exact, currency, self.rounding)

    @property
    def shown(self) -> Decimal:
        """The part in major units to 12 decimals, half away from zero: to store, never to bill from."""
        return _shown(self.exact)

    def step(self, kind: str = "prorated") -> Step:
        """Return the step that tells this part; `kind` is prorated (a charge) or unused (a credit)."""
        share = self.share
        counts = {"numerator": str(share.numerator), "denominator": str(share.denominator)}
        unit = _UNITS[share.unit]
        if share.factor == Fraction(share.numerator, share.denominator):
            return step(kind, **counts, unit=unit, amount=self.shown)
        return step(f"{kind}_by_factor", **counts, unit=unit, factor=share.shown, amount=self.shown)


def share_of(policy: ProrationPolicy, part: Period | None, full: Period | None, zone: str) -> Share:
    """Return the share of the whole period `full` that `part` is; ends exclusive, days in `zone`.

    No part (None) is nothing; a part that is the whole period is 1, and one inside of it is at most 1, also
    with a fixed denominator. With `fixed_days` the whole period may be unknown (None).

    Raises:
        PricingError: `whole_period_missing`, `invalid_proration`.
    """
    if part is None:
        return NOTHING
    unit = policy.proration_unit
    if unit is ProrationUnit.NONE or part == full:
        count = max(units_in(part, zone, unit), 1)
        return Share(count, count, Fraction(1), unit)
    numerator = units_in(part, zone, unit)
    if full is None and policy.fixed_days is None:
        raise PricingError("whole_period_missing", "a share needs the whole period that it is of")
    whole = None if full is None else units_in(full, zone, unit)
    if policy.denominator is Denominator.FIXED_DAYS and numerator != whole:
        fixed = fixed_units(policy)
        # A part inside a whole period that is longer than the fixed days must not cost more than all of it.
        whole = fixed if whole is None or numerator > whole else max(fixed, numerator)
    return share_of_counts(policy, numerator, whole or 0)


def share_of_period(policy: ProrationPolicy, schedule: Schedule, at: datetime) -> Share:
    """Return the share of the whole period behind it that a schedule's period holding `at` is.

    A first part is measured by the policy's `denominator`, a last one from its last boundary to the next.
    """
    part, full = period_containing(schedule, at), full_period(schedule, at, policy.denominator)
    return share_of(policy, part, full, schedule.anchor.zone)


def share_of_counts(policy: ProrationPolicy, numerator: int, denominator: int) -> Share:
    """Return the share `numerator` of `denominator`, both counted in the policy's unit.

    Raises:
        PricingError: `invalid_proration` unless 0 <= numerator and 0 < denominator.
    """
    if numerator < 0 or denominator <= 0:
        raise PricingError("invalid_proration", f"{numerator}/{denominator} is no part of a period")
    if policy.proration_unit is ProrationUnit.NONE:
        return WHOLE
    factor = Fraction(numerator, denominator)
    if policy.proration_rounding is ProrationRounding.FACTOR_9:
        factor = Fraction(rounded_units(factor, FACTOR_DECIMALS), 10**FACTOR_DECIMALS)
    return Share(numerator, denominator, factor, policy.proration_unit)


def prorated_amount(exact: Decimal | Fraction, share: Share, policy: ProrationPolicy = DEFAULT) -> Prorated:
    """Return exact x factor, not rounded yet. `exact` is in major units and may be negative.

    Raises:
        PricingError: `float_refused`.
    """
    return Prorated(exact_fraction(exact, "exact") * share.factor, share, policy.amount_rounding)


def units_in(period: Period, zone: str, unit: ProrationUnit) -> int:
    """Return the length of a period in the unit: days of `zone`, 30/360 days, whole seconds; 1 for `none`."""
    if unit is ProrationUnit.DAY:
        return days_between(period.starts_at, period.ends_at, zone)
    if unit is ProrationUnit.DAY_30_360:
        return days_30_360(local_day(period.starts_at, zone), local_day(period.ends_at, zone))
    if unit is ProrationUnit.SECOND:
        return (period.ends_at - period.starts_at) // timedelta(seconds=1)
    return 1


def fixed_units(policy: ProrationPolicy) -> int:
    """Return the fixed denominator in the policy's unit; 0 when it has none."""
    per_day = 86_400 if policy.proration_unit is ProrationUnit.SECOND else 1
    return (policy.fixed_days or 0) * per_day


def days_between(start: datetime, end: datetime, zone: str) -> int:
    """Return the difference of two instants' local dates in `zone`; clock times and DST do not count."""
    return (local_day(end, zone) - local_day(start, zone)).days


def days_30_360(start: date, end: date) -> int:
    """Return the days from `start` to `end` (exclusive) when every month counts 30.

    The parts of a span always add up to it: the 31st counts nothing, the last of February the rest of its 30.
    """
    months = (end.year - start.year) * 12 + end.month - start.month
    return 30 * months + end.day - start.day


_UNITS = {
    ProrationUnit.DAY: "days",
    ProrationUnit.SECOND: "seconds",
    ProrationUnit.DAY_30_360: "days of 30-day months",
    ProrationUnit.NONE: "periods",
}


def _shown(exact: Fraction) -> Decimal:
    units = rounded_units(exact, SHOWN_DECIMALS)
    return Decimal(units).scaleb(-SHOWN_DECIMALS) if units else Decimal(0)
