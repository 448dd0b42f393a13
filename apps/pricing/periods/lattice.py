from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from apps.pricing.periods.anchor import Anchor
from apps.pricing.periods.cadence import Cadence, day_after
from apps.pricing.periods.period import Period
from apps.pricing.periods.wall_clock import instant_of, local_day, local_time


@dataclass(frozen=True, slots=True)
class Lattice:
    """Boundaries without beginning or end: one every cadence, each counted from the same origin.

    `month_day` is the day of month aimed at, which the origin's own month may lack (29 February for 30).
    `original` is the exact instant of boundary 0 where known: of two equal wall times it may be the second.
    """

    day: date
    month_day: int
    wall_time: time
    zone: str
    cadence: Cadence
    original: datetime | None = None

    @classmethod
    def from_anchor(cls, anchor: Anchor, cadence: Cadence) -> Lattice:
        return cls(anchor.day, anchor.day.day, anchor.wall_time, anchor.zone, cadence, anchor.instant)

    def boundary(self, n: int) -> datetime:
        """Return boundary `n` in UTC, also for a negative `n`."""
        if n == 0 and self.original is not None:
            return self.original
        day = day_after(self.day, self.cadence, n, self.month_day)
        return instant_of(day, self.wall_time, self.zone)

    def index_at(self, at: datetime) -> int:
        """Return the n with boundary(n) <= at < boundary(n + 1)."""
        n = self._estimate(at)
        while self.boundary(n) > at:
            n -= 1
        while self.boundary(n + 1) <= at:
            n += 1
        return n

    def _estimate(self, at: datetime) -> int:
        day = local_day(at, self.zone)
        if not self.cadence.months:
            return (day - self.day).days // self.cadence.days
        months = (day.year - self.day.year) * 12 + day.month - self.day.month
        return months // self.cadence.months


def period_before(end: datetime, cadence: Cadence, zone: str) -> Period:
    """Return the period of one cadence that ends at an instant: plain subtraction in the zone's calendar.

    A month before 31 March is 28 February; a month before 28 February is 28 January, whatever the anchor.
    """
    day = local_day(end, zone)
    start = day_after(day, cadence, -1, day.day)
    return Period(instant_of(start, local_time(end, zone), zone), end)


def boundary(anchor: Anchor, cadence: Cadence, n: int) -> datetime:
    """Return the n-th boundary after the anchor (0 is the anchor itself), in UTC.

    Counted from the original anchor in the anchor's zone, never from the boundary before: 31 January gives
    28 February and then 31 March; 29 February gives 28 February in common years and 29 again in leap years.
    A local time that occurs twice is its first occurrence (boundary 0 keeps the anchor's own instant); one
    that does not occur is the first valid instant after the gap.
    """
    return Lattice.from_anchor(anchor, cadence).boundary(n)
