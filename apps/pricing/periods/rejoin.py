"""The end of a period that starts anywhere, for a subscription that rejoins a billing anchor kept elsewhere.

A resumed or moved subscription starts at an instant that is no boundary of its anchor. Each rule says where
its first period ends. Days are compared as local days of the anchor's zone; the result is at the anchor's
clock time in that zone.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from enum import StrEnum

from apps.pricing.errors import PricingError
from apps.pricing.periods.anchor import Anchor
from apps.pricing.periods.cadence import Cadence, Interval, clamped_day
from apps.pricing.periods.wall_clock import as_utc, instant_of, local_day, local_time


class Rejoin(StrEnum):
    """How the first period ends; each rule is for the intervals that it names."""

    WHOLE_CADENCE = "whole_cadence"
    """Days and weeks: a whole cadence after the start."""
    NEXT_WEEKDAY = "next_weekday"
    """Weeks: the next weekday of the anchor, strictly later, then count - 1 weeks more."""
    DAY_OF_MONTH = "day_of_month"
    """Months: the anchor's day of the start's month if still ahead, otherwise that day one cadence later."""
    ANCHOR_IF_AHEAD = "anchor_if_ahead"
    """Month-counted intervals: the anchor itself if still ahead, otherwise its day one cadence later."""


_INTERVALS: dict[Rejoin, frozenset[Interval]] = {
    Rejoin.WHOLE_CADENCE: frozenset({Interval.DAY, Interval.WEEK}),
    Rejoin.NEXT_WEEKDAY: frozenset({Interval.WEEK}),
    Rejoin.DAY_OF_MONTH: frozenset({Interval.MONTH}),
    Rejoin.ANCHOR_IF_AHEAD: frozenset({Interval.MONTH, Interval.QUARTER, Interval.HALF_YEAR, Interval.YEAR}),
}


def rejoined_end(start: datetime, anchor: Anchor, cadence: Cadence, rule: Rejoin) -> datetime:
    """Return the end, in UTC, of the first period of a subscription that starts at `start`.

    `anchor.at` must be an instant: its clock time in the zone counts whatever the anchor's precision.

    Raises:
        PricingError: `rule_not_for_interval`, `day_has_no_instant`, `naive_datetime`.
    """
    if cadence.interval not in _INTERVALS[rule]:
        raise PricingError("rule_not_for_interval", f"{rule} does not fit {cadence.interval}", "interval")
    if not isinstance(anchor.at, datetime):
        raise PricingError("day_has_no_instant", "the anchor needs a clock time", "at")
    if rule is Rejoin.ANCHOR_IF_AHEAD and anchor.at > as_utc(start):
        return anchor.at
    day = _DAYS[rule](local_day(start, anchor.zone), anchor, cadence)
    return instant_of(day, local_time(anchor.at, anchor.zone), anchor.zone)


def _whole_cadence(start: date, anchor: Anchor, cadence: Cadence) -> date:
    return start + timedelta(days=cadence.days)


def _next_weekday(start: date, anchor: Anchor, cadence: Cadence) -> date:
    ahead = (anchor.day.weekday() - start.weekday() - 1) % 7 + 1
    return start + timedelta(days=ahead + 7 * (cadence.count - 1))


def _day_of_month(start: date, anchor: Anchor, cadence: Cadence) -> date:
    this_month = clamped_day(start, 0, anchor.day.day)
    return this_month if this_month > start else clamped_day(start, cadence.months, anchor.day.day)


def _one_cadence_later(start: date, anchor: Anchor, cadence: Cadence) -> date:
    return clamped_day(start, cadence.months, anchor.day.day)


_DAYS: dict[Rejoin, Callable[[date, Anchor, Cadence], date]] = {
    Rejoin.WHOLE_CADENCE: _whole_cadence,
    Rejoin.NEXT_WEEKDAY: _next_weekday,
    Rejoin.DAY_OF_MONTH: _day_of_month,
    Rejoin.ANCHOR_IF_AHEAD: _one_cadence_later,
}
