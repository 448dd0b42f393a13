"""What contracts owe, worked out a second time: plain Python that shares no code with the product.

It follows the rules as people tell them, one contract and one boundary at a time, and is slow and short.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import NamedTuple
from zoneinfo import ZoneInfo

Cadence = tuple[str, int]

MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
DAYS = {"day": 1, "week": 7}


@dataclass(frozen=True)
class Fee:
    """A price: `source` is flat, seats or metered; `amount` is in major units, for one."""

    code: str
    source: str
    amount: str
    cadence: Cadence
    in_advance: bool
    meter: str = ""


@dataclass(frozen=True)
class Plan:
    code: str
    fees: tuple[Fee, ...]
    calendar: bool = False


class Line(NamedTuple):
    """One line of an invoice that was dated `billed_at`."""

    billed_at: datetime
    code: str
    starts_at: datetime
    ends_at: datetime
    quantity: int
    amount_minor: int


class Span(NamedTuple):
    """A period, and the whole one of which it is a part."""

    starts_at: datetime
    ends_at: datetime
    whole_starts_at: datetime
    whole_ends_at: datetime


class Change(NamedTuple):
    """To another plan and quantity, or (plan None) to an end."""

    effective_at: datetime
    plan: Plan | None
    quantity: int


def midnight(day: date, zone: str) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def day_of(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


def stepped(anchor: date, cadence: Cadence, n: int) -> date:
    interval, count = cadence
    if interval in DAYS:
        return anchor + timedelta(days=DAYS[interval] * count * n)
    year, month0 = divmod(anchor.year * 12 + anchor.month - 1 + MONTHS[interval] * count * n, 12)
    return date(year, month0 + 1, min(anchor.day, calendar.monthrange(year, month0 + 1)[1]))


def natural_start(day: date, interval: str) -> date:
    if interval == "week":
        return day - timedelta(days=day.weekday())
    months = MONTHS[interval]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def trial_end_of(at: datetime, days: int, zone: str) -> datetime:
    """So many days later on the same clock; a clock time that the day has not is the next that it has."""
    here = ZoneInfo(zone)
    wall = at.astimezone(here).replace(tzinfo=None, fold=0) + timedelta(days=days)
    while wall.replace(tzinfo=here).astimezone(UTC).astimezone(here).replace(tzinfo=None, fold=0) != wall:
        wall += timedelta(minutes=1)
    return wall.replace(tzinfo=here).astimezone(UTC)


def main_cadence(plan: Plan) -> Cadence:
    paid = [fee.cadence for fee in plan.fees if fee.in_advance]
    days = {cadence: (stepped(date(2026, 1, 1), cadence, 1) - date(2026, 1, 1)).days for cadence in paid}
    return max(paid, key=lambda cadence: days[cadence]) if paid else plan.fees[0].cadence


@dataclass
class Contract:
    plan: Plan
    quantity: int
    decimals: int
    usage: list[tuple[datetime, str]]
    starts_at: datetime
    zone: str
    trial_ends_at: datetime | None
    anchor: date = field(init=False)
    running: dict[Cadence, Span] = field(default_factory=dict)
    over: list[tuple[Cadence, datetime, datetime]] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    change: Change | None = None
    ended_at: datetime | None = None

    def __post_init__(self) -> None:
        self.anchor = day_of(self.starts_at, self.zone)
        self._open(self.starts_at, self.starts_at)

    @property
    def next_at(self) -> datetime | None:
        return min((span.ends_at for span in self.running.values()), default=None)

    @property
    def period(self) -> Span:
        return self.running[main_cadence(self.plan)]

    def turn(self, at: datetime, *, billed_at: datetime, zone: str) -> None:
        """Go over the boundary at `at`; invoices are dated `billed_at`, the customer lives in `zone`."""
        self._close(at, billed_at)
        change = self.change if self.change is not None and self.change.effective_at <= at else None
        if change is not None:
            self.change = None
            if change.plan is None:
                self.end(at, billed_at=billed_at)
                return
        trial_is_over = self.trial_ends_at is not None and self.trial_ends_at <= at
        if change is not None or trial_is_over:
            self._cut(at, billed_at)
            self._switch(change, at, zone, counts_anew=trial_is_over)
        self._open(at, billed_at)

    def end(self, at: datetime, *, billed_at: datetime) -> None:
        self._close(at, billed_at)
        self._cut(at, billed_at)
        self.ended_at, self.change = at, None

    def _switch(self, change: Change | None, at: datetime, zone: str, *, counts_anew: bool) -> None:
        before = self.plan
        if change is not None and change.plan is not None:
            self.plan, self.quantity = change.plan, change.quantity
        same = main_cadence(before) == main_cadence(self.plan) and before.calendar == self.plan.calendar
        if counts_anew or not same:
            self.anchor, self.zone = day_of(at, zone), zone
        self.trial_ends_at = None

    def _open(self, at: datetime, billed_at: datetime) -> None:
        for cadence in {fee.cadence for fee in self.plan.fees} - set(self.running):
            span = self._span(cadence, at)
            self.running[cadence] = span
            self._charge(cadence, span, billed_at, in_advance=True)

    def _span(self, cadence: Cadence, at: datetime) -> Span:
        if self.trial_ends_at is not None:
            return Span(at, self.trial_ends_at, at, self.trial_ends_at)
        first = natural_start(self.anchor, cadence[0]) if self.plan.calendar else self.anchor
        n = 0
        while midnight(stepped(first, cadence, n + 1), self.zone) <= at:
            n += 1
        start, end = (midnight(stepped(first, cadence, m), self.zone) for m in (n, n + 1))
        return Span(max(start, at), end, start, end)

    def _close(self, at: datetime, billed_at: datetime) -> None:
        for cadence, span in list(self.running.items()):
            if span.ends_at <= at:
                del self.running[cadence]
                self.over.append((cadence, span.starts_at, span.ends_at))
                self._charge(cadence, span, billed_at, in_advance=False)

    def _cut(self, at: datetime, billed_at: datetime) -> None:
        for cadence, span in list(self.running.items()):
            del self.running[cadence]
            if span.starts_at < at:
                self.over.append((cadence, span.starts_at, at))
                self._charge(cadence, span._replace(ends_at=at), billed_at, in_advance=False)

    def _charge(self, cadence: Cadence, span: Span, billed_at: datetime, *, in_advance: bool) -> None:
        if self.trial_ends_at is not None:
            return
        for fee in self.plan.fees:
            if (fee.cadence, fee.in_advance) == (cadence, in_advance):
                self._bill(fee, span, billed_at)

    def _bill(self, fee: Fee, span: Span, billed_at: datetime) -> None:
        quantity, share = 1, Fraction(1)
        if fee.source == "metered":
            quantity = sum(m == fee.meter and span.starts_at <= t < span.ends_at for t, m in self.usage)
            if not quantity:
                return
        else:
            quantity = self.quantity if fee.source == "seats" else 1
            share = Fraction(
                self._days(span.starts_at, span.ends_at),
                self._days(span.whole_starts_at, span.whole_ends_at),
            )
        exact = Fraction(fee.amount) * quantity * share * 10**self.decimals
        amount = (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
        self.lines.append(Line(billed_at, fee.code, span.starts_at, span.ends_at, quantity, amount))

    def _days(self, start: datetime, end: datetime) -> int:
        return (day_of(end, self.zone) - day_of(start, self.zone)).days
