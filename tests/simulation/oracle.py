"""What contracts owe, worked out a second time: plain Python that shares no code with the product.

It follows the rules as people tell them, one contract and one instant at a time, and is slow and short. Money
is minor units, worked out with fractions; times are UTC, periods half-open.
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from math import ceil
from zoneinfo import ZoneInfo

from tests.simulation.account import Line
from tests.simulation.catalog import Cadence, Fee, Plan

Whole = tuple[datetime, datetime]

MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
DAYS = {"day": 1, "week": 7}
ROUGHLY = {"day": 1, "week": 7, "month": 30, "quarter": 90, "half_year": 180, "year": 360}


@dataclass(frozen=True)
class Span:
    """A period, and the whole one of which it is a part."""

    starts_at: datetime
    ends_at: datetime
    whole: Whole


@dataclass
class Wish:
    """What is to happen at an instant: `change` (to `plan` and `quantity`), `cancel` or `pause`.

    A plan that was chosen for an instant of a pause `waits` for the end of it.
    """

    do: str
    effective_at: datetime
    plan: Plan | None = None
    quantity: int = 1
    waits: bool = False


@dataclass
class Event:
    at: datetime
    meter: str
    value: int
    counts: bool = True


@dataclass
class Phase:
    """One plan and quantity for a while; boundaries count from `anchor` in `zone`."""

    plan: Plan
    quantity: int
    anchor: date
    zone: str
    is_trial: bool
    starts_at: datetime

    def days(self, start: datetime, end: datetime) -> int:
        return (day_of(end, self.zone) - day_of(start, self.zone)).days

    def whole(self, cadence: Cadence, at: datetime) -> Whole:
        first = natural_start(self.anchor, cadence[0]) if self.plan.calendar else self.anchor
        n = 0
        while midnight(stepped(first, cadence, n + 1), self.zone) <= at:
            n += 1
        start, end = (midnight(stepped(first, cadence, m), self.zone) for m in (n, n + 1))
        return start, end

    def part_of(self, price: Fraction, start: datetime, end: datetime, whole: Whole) -> Fraction:
        if not self.plan.prorates or (start, end) == whole:
            return price
        return price * self.days(start, end) / self.days(*whole)


@dataclass
class Used:
    """A metered fee of a period that is over, with the lines that billed it."""

    phase: Phase
    fee: Fee
    span: Span
    lines: list[Line] = field(default_factory=list)


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
    return max(paid, key=lambda c: ROUGHLY[c[0]] * c[1]) if paid else plan.fees[0].cadence


def rounded(exact: Fraction, decimals: int) -> int:
    """Minor units of an amount in major ones, half away from zero; the amount is not negative."""
    scaled = exact * 10**decimals
    return (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)


def price_of(fee: Fee, quantity: int) -> Fraction:
    """What so many units cost in a whole period."""
    if fee.model == "package":
        return ceil(Fraction(quantity, fee.size)) * Fraction(fee.amount)
    if fee.model != "graduated":
        return quantity * Fraction(fee.amount)
    total, lower = Fraction(0), 0
    for up_to, amount in fee.tiers:
        upper = quantity if up_to is None else min(quantity, up_to)
        total += max(upper - lower, 0) * Fraction(amount)
        lower = upper if up_to is None else up_to
    return total


@dataclass
class Contract:
    """One subscription. Each thing that happens returns the lines that it bills, for whoever issues them."""

    number: int
    plan: Plan
    quantity: int
    decimals: int
    usage: list[Event]
    starts_at: datetime
    zone: str
    trial_ends_at: datetime | None
    phase: Phase = field(init=False)
    status: str = "active"
    running: dict[Cadence, Span] = field(default_factory=dict)
    over: list[tuple[Cadence, datetime, datetime]] = field(default_factory=list)
    used: list[Used] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    # One of each sort: another plan, an end.
    wishes: dict[str, Wish] = field(default_factory=dict)
    resumes_at: datetime | None = None
    ended_at: datetime | None = None
    current: tuple[datetime, datetime] = field(init=False)
    # What the days that are over cost, by all fees that are not metered; not kept where a part is forfeited.
    covered: list[Fraction] = field(default_factory=list)
    forfeits: bool = False

    def begin(self) -> list[Line]:
        if self.trial_ends_at is not None:
            self.status = "trialing"
        anchor = day_of(self.starts_at, self.zone)
        is_trial = self.status == "trialing"
        self.phase = Phase(self.plan, self.quantity, anchor, self.zone, is_trial, self.starts_at)
        self.forfeits = not self.plan.prorates
        return self._open(self.starts_at)

    @property
    def next_at(self) -> datetime | None:
        if self.ended_at is not None:
            return None
        ends = [span.ends_at for span in self.running.values()]
        wish = [wish.effective_at for wish in self.wishes.values() if not wish.waits]
        trial = [self.trial_ends_at] if self.status == "trialing" and self.trial_ends_at else []
        resume = [self.resumes_at] if self.resumes_at is not None else []
        return min([*ends, *wish, *trial, *resume], default=None)

    # -- what happens ------------------------------------------------------------------------------------

    def turn(self, at: datetime, zone: str, resume: bool = False) -> list[Line]:
        """Go over the instant `at`; the customer lives in `zone`. Fees in advance, credits, arrears."""
        late = self.late_lines()
        arrears = self._close(at)
        resume = resume or (self.resumes_at is not None and self.resumes_at <= at)
        wish = self._due_wish(at, resume=resume)
        if wish is not None and wish.do in ("cancel", "pause"):
            return [*late, *arrears, *self._stop(at, ends=wish.do == "cancel")]
        if self.status == "paused" and not resume:
            return [*late, *arrears]
        target = (self.plan, self.quantity) if wish is None else (wish.plan or self.plan, wish.quantity)
        if resume:
            return [*late, *arrears, *self._resume(target, at, zone)]
        if self.status == "trialing":
            return [*late, *arrears, *self._in_trial(wish, target, at, zone)]
        cut = self._change(target, at, zone) if wish is not None else []
        return [*late, *arrears, *cut, *self._open(at)]

    def end(self, at: datetime) -> list[Line]:
        """End at once: what is running is cut."""
        late = self.late_lines()
        return [*late, *self._close(at), *self._stop(at, ends=True)]

    def resume(self, at: datetime, zone: str) -> list[Line]:
        """Go on after a pause: with the plan that was chosen meanwhile."""
        return self.turn(at, zone, resume=True)

    def settle_late(self) -> tuple[list[Line], list[Line]]:
        """What came late after the end, or in a pause: lines of a bill, and of credit notes."""
        lines = self.late_lines()
        notes = [line for line in lines if line.amount < 0]
        self.lines = [line for line in self.lines if line not in notes]
        for used in self.used:
            used.lines = [line for line in used.lines if line not in notes]
        return [line for line in lines if line not in notes], notes

    def late_lines(self) -> list[Line]:
        """What periods that are over cost by now beyond what was billed for them."""
        return [line for used in self.used for line in self._late_of(used)]

    def _due_wish(self, at: datetime, *, resume: bool) -> Wish | None:
        """The last word of what is due: an end or a pause, or else another plan."""
        due = {do: wish for do, wish in self.wishes.items() if wish.effective_at <= at}
        if self.status == "paused" and not resume and "change" in due:
            due.pop("change").waits = True
        for do in due:
            del self.wishes[do]
        return due.get("cancel") or due.get("pause") or due.get("change")

    def end_on(self, at: datetime, now: datetime) -> datetime:
        """When an end that is named for `at` comes: on a day of a boundary at the boundary."""
        if self.status != "active":
            return at
        start, _ = self.phase.whole(main_cadence(self.plan), at)
        is_same_day = day_of(start, self.phase.zone) == day_of(at, self.phase.zone)
        return start if is_same_day and start > max(now, self.phase.starts_at) else at

    def _in_trial(self, wish: Wish | None, target: tuple[Plan, int], at: datetime, zone: str) -> list[Line]:
        over = self.trial_ends_at is not None and self.trial_ends_at <= at
        if over:
            self._cut(at)
            self.status = "active"
            self._switch(target, day_of(at, zone), zone, at)
        elif wish is not None:
            self._cut(at)
            self._switch(target, self.phase.anchor, self.phase.zone, at, is_trial=True)
        return self._open(at)

    def _change(self, target: tuple[Plan, int], at: datetime, zone: str) -> list[Line]:
        before, after = self.plan, target[0]
        same = main_cadence(before) == main_cadence(after) and before.calendar == after.calendar
        kept = self._kept(target, at)
        lines = [*self._cut(at), *self._give_back(at, ends=False, kept=kept)]
        anchor = (self.phase.anchor, self.phase.zone) if same else (day_of(at, zone), zone)
        self._switch(target, *anchor, at)
        for line in kept:
            line.phase = self.phase
        return lines

    def _kept(self, target: tuple[Plan, int], at: datetime) -> list[Line]:
        """What is paid and does not change: with another number of seats, the fees that do not count them."""
        if target[0] is not self.plan:
            return []
        stays = {fee.code for fee in self.plan.fees if fee.source == "flat" or target[1] == self.quantity}
        running = (line for line in self._standing() if line.whole is not None and line.whole[1] > at)
        return [line for line in running if line.code in stays]

    def _paid_beyond(self, at: datetime) -> list[Line]:
        return [line for line in self._standing() if line.ends_at > at]

    def _standing(self) -> list[Line]:
        """What was paid in advance under this phase."""
        own = (line for line in self.lines if line.phase is self.phase)
        return [line for line in own if not line.is_void and not line.given_back]

    def _resume(self, target: tuple[Plan, int], at: datetime, zone: str) -> list[Line]:
        anchor = (day_of(at, zone), zone) if self.phase.is_trial else (self.phase.anchor, self.phase.zone)
        self.status, self.resumes_at = "active", None
        if self.trial_ends_at is not None:
            self.trial_ends_at = min(self.trial_ends_at, at)
        self._switch(target, *anchor, at)
        return self._open(at)

    def _stop(self, at: datetime, *, ends: bool) -> list[Line]:
        lines = self._cut(at)
        if self.status == "active":
            lines += self._give_back(at, ends=True) if not ends or self.plan.credits_end else self._forfeit()
        self.status = "canceled" if ends else "paused"
        if ends:
            self.ended_at, self.wishes, self.resumes_at = at, {}, None
            self.current = (self.current[0], min(self.current[1], at))
        return lines

    def _forfeit(self) -> list[Line]:
        self.forfeits = True
        return []

    def _switch(
        self, target: tuple[Plan, int], anchor: date, zone: str, at: datetime, *, is_trial: bool = False
    ) -> None:
        self.plan, self.quantity = target
        self.phase = Phase(self.plan, self.quantity, anchor, zone, is_trial, at)
        self.forfeits = self.forfeits or not self.plan.prorates

    # -- periods -----------------------------------------------------------------------------------------

    def _open(self, at: datetime) -> list[Line]:
        lines = []
        for cadence in sorted({fee.cadence for fee in self.plan.fees} - set(self.running)):
            span = self._span(cadence, at)
            self.running[cadence] = span
            lines += self._charge(cadence, span, in_advance=True)
        main = self.running[main_cadence(self.plan)]
        self.current = (main.starts_at, main.ends_at)
        return lines

    def _span(self, cadence: Cadence, at: datetime) -> Span:
        if self.phase.is_trial and self.trial_ends_at is not None:
            end, whole = self.trial_ends_at, (at, self.trial_ends_at)
        else:
            whole = self.phase.whole(cadence, at)
            end = whole[1]
        end = min([end, *(wish.effective_at for wish in self.wishes.values() if wish.effective_at > at)])
        return Span(max(whole[0], at), end, whole)

    def _close(self, at: datetime) -> list[Line]:
        """What ended by itself."""
        lines = []
        for cadence, span in list(self.running.items()):
            if span.ends_at <= at:
                lines += self._finish(cadence, span)
        return lines

    def _cut(self, at: datetime) -> list[Line]:
        """End what runs."""
        lines = []
        for cadence, span in list(self.running.items()):
            if span.starts_at < at:
                lines += self._finish(cadence, Span(span.starts_at, at, span.whole))
            else:
                del self.running[cadence]
        return lines

    def _finish(self, cadence: Cadence, span: Span) -> list[Line]:
        del self.running[cadence]
        self.over.append((cadence, span.starts_at, span.ends_at))
        if not self.phase.is_trial:
            fees = [fee for fee in self.plan.fees if fee.cadence == cadence and fee.source != "metered"]
            self.covered += [self._exact(fee, span, self._paid_from(span)) for fee in fees]
        return self._charge(cadence, span, in_advance=False)

    def balance_of_fees(self) -> tuple[Fraction, int, int] | None:
        """What was covered costs (minor units), what was billed less what was given back, by how many lines.

        None where something of what was paid was forfeited or voided.
        """
        lines = [line for line in self.lines if line.kind != "usage"]
        if self.forfeits or any(line.is_void for line in lines):
            return None
        paid = [
            self._exact(fee, span, self._paid_from(span))
            for cadence, span in self.running.items()
            for fee in self.plan.fees
            if fee.in_advance and fee.cadence == cadence and not self.phase.is_trial
        ]
        exact = sum([*self.covered, *paid], Fraction(0)) * 10**self.decimals
        return exact, sum(line.amount for line in lines), len(lines)

    # -- money -------------------------------------------------------------------------------------------

    def _charge(self, cadence: Cadence, span: Span, *, in_advance: bool) -> list[Line]:
        if self.phase.is_trial:
            return []
        lines = []
        for fee in self.plan.fees:
            if (fee.cadence, fee.in_advance) != (cadence, in_advance):
                continue
            if fee.source == "metered":
                used = Used(self.phase, fee, span)
                self.used.append(used)
                lines += self._late_of(used, is_first=True)
            elif (start := self._owed_from(fee, span)) < span.ends_at:
                lines += self._fee(fee, span, start)
        return lines

    def _owed_from(self, fee: Fee, span: Span) -> datetime:
        """From when on a fee is to be paid: what an earlier line of this phase paid is not paid again."""
        start = self._paid_from(span)
        return max([start, *(line.ends_at for line in self._paid_beyond(start) if line.code == fee.code)])

    def _paid_from(self, span: Span) -> datetime:
        """The trial is free."""
        return max(span.starts_at, self.trial_ends_at or span.starts_at)

    def _exact(self, fee: Fee, span: Span, start: datetime) -> Fraction:
        if start >= span.ends_at:
            return Fraction(0)
        return self.phase.part_of(self._whole_price(fee), start, span.ends_at, span.whole)

    def _whole_price(self, fee: Fee) -> Fraction:
        return price_of(fee, self.quantity if fee.source == "seats" else 1)

    def _fee(self, fee: Fee, span: Span, start: datetime) -> list[Line]:
        whole, billed = self._billed_of(fee, span, start)
        if billed and whole == billed:
            return []
        line = Line(
            self.number,
            "recurring",
            fee.code,
            start,
            span.ends_at,
            self.quantity if fee.source == "seats" else 1,
            whole - billed,
        )
        if fee.in_advance:
            line.whole_price, line.whole, line.phase = self._whole_price(fee), span.whole, self.phase
        self.lines.append(line)
        return [line]

    def _billed_of(self, fee: Fee, span: Span, start: datetime) -> tuple[int, int]:
        """What a fee comes to together with what was billed of its whole period until `start`, and that."""
        began, billed = start, 0
        if fee.in_advance and (span.ends_at == span.whole[1] or not self.plan.prorates):
            same = [one for one in self._standing() if (one.code, one.whole) == (fee.code, span.whole)]
            for line in sorted(same, key=lambda one: one.ends_at, reverse=True):
                if line.ends_at == began or (line.ends_at < began and not self.plan.prorates):
                    began, billed = line.starts_at, billed + line.amount
        return rounded(self._exact(fee, span, began), self.decimals), billed

    def _give_back(self, at: datetime, *, ends: bool, kept: Sequence[Line] = ()) -> list[Line]:
        """Negative lines for what was paid in advance and is not used; once for each line."""
        lines = []
        running = [one for one in self.lines if one.phase is self.phase and one.ends_at > at]
        for line in [one for one in running if one not in kept]:
            start = max(line.starts_at, at)
            kept = ends and not self.plan.prorates and start > line.starts_at
            self.forfeits = self.forfeits or kept
            if kept or line.is_void or line.whole is None or line.given_back:
                continue
            exact = self.phase.part_of(line.whole_price, start, line.ends_at, line.whole)
            amount = min(rounded(exact, self.decimals), line.left)
            if amount:
                credit = Line(
                    self.number, "credit", line.code, start, line.ends_at, line.quantity, -amount, line
                )
                self.lines.append(credit)
                lines.append(credit)
        return lines

    def _late_of(self, used: Used, *, is_first: bool = False) -> list[Line]:
        """A period's usage by now less what was billed of it; late usage that costs nothing is no line.

        Behind a cut the tiers of the whole period go on.
        """
        now = self._units(used)
        earlier = sum(
            self._units(other)
            for other in self.used
            if other.fee is used.fee
            and other.span.whole == used.span.whole
            and other.span.ends_at <= used.span.starts_at
        )
        standing = [line for line in used.lines if not line.is_void]
        before = sum(line.quantity for line in standing)
        owed = rounded(price_of(used.fee, earlier + now), self.decimals)
        owed -= rounded(price_of(used.fee, earlier), self.decimals)
        owed -= sum(line.amount - line.noted for line in standing)
        if owed < 0:
            return self._take_back(used, -owed, now - before)
        if not owed and not (is_first and now):
            return []
        return [self._use(used, now - before, owed)]

    def _units(self, used: Used) -> int:
        start = self._paid_from(used.span)
        return sum(
            event.value
            for event in self.usage
            if event.counts and event.meter == used.fee.meter and start <= event.at < used.span.ends_at
        )

    def _take_back(self, used: Used, owed: int, quantity: int) -> list[Line]:
        """From the newest line that billed it, then from older ones."""
        lines: list[Line] = []
        for line in [one for one in reversed(used.lines) if not one.is_void and one.amount > 0]:
            part = min(owed, line.left)
            if part > 0:
                lines.append(self._use(used, 0 if lines else quantity, -part, line))
                owed -= part
        return lines

    def _use(self, used: Used, quantity: int, amount: int, credits: Line | None = None) -> Line:
        span, code = used.span, used.fee.code
        line = Line(self.number, "usage", code, span.starts_at, span.ends_at, quantity, amount, credits)
        used.lines.append(line)
        self.lines.append(line)
        return line
