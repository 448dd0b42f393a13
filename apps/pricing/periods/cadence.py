from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from apps.pricing.errors import PricingError


class Interval(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"


_DAYS = {Interval.DAY: 1, Interval.WEEK: 7}
_MONTHS = {Interval.MONTH: 1, Interval.QUARTER: 3, Interval.HALF_YEAR: 6, Interval.YEAR: 12}


@dataclass(frozen=True, slots=True)
class Cadence:
    """How long a period is: `count` intervals, such as 3 months or 30 days.

    Raises:
        PricingError: `unknown_interval`, `invalid_count`.
    """

    interval: Interval
    count: int = 1

    def __post_init__(self) -> None:
        if self.interval not in set(Interval):
            raise PricingError("unknown_interval", f"{self.interval!r} is not an interval", "interval")
        if type(self.count) is not int or self.count < 1:
            raise PricingError("invalid_count", "an interval count is a whole number from 1", "count")
        object.__setattr__(self, "interval", Interval(self.interval))

    @property
    def months(self) -> int:
        """The length in months, 0 when the cadence counts days."""
        return _MONTHS.get(self.interval, 0) * self.count

    @property
    def days(self) -> int:
        """The length in days, 0 when the cadence counts months."""
        return _DAYS.get(self.interval, 0) * self.count


def day_after(day: date, cadence: Cadence, n: int, month_day: int) -> date:
    """Return the local day `n` cadences after (before, when negative) `day`.

    Month-counted cadences land on `month_day`, or on the last day of a shorter month; the next longer month
    has `month_day` again because nothing but the original day is ever counted from.
    """
    if not cadence.months:
        return day + timedelta(days=n * cadence.days)
    return clamped_day(day, n * cadence.months, month_day)


def clamped_day(day: date, months: int, month_day: int) -> date:
    """Return `month_day` of the month `months` after that of `day`, or the last day of a shorter month."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month0 + 1, min(month_day, calendar.monthrange(year, month0 + 1)[1]))


def natural_start(day: date, interval: Interval) -> date:
    """Return the first day of the natural interval that holds `day`; weeks begin on Monday (ISO 8601)."""
    if interval is Interval.DAY:
        return day
    if interval is Interval.WEEK:
        return day - timedelta(days=day.weekday())
    months = _MONTHS[interval]
    return date(day.year, (day.month - 1) // months * months + 1, 1)
