from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from apps.pricing.errors import PricingError
from apps.pricing.periods.anchor import Anchor
from apps.pricing.periods.cadence import Cadence, clamped_day, natural_start
from apps.pricing.periods.lattice import Lattice, period_before
from apps.pricing.periods.period import Period
from apps.pricing.periods.wall_clock import as_utc
from apps.pricing.proration_policy import Denominator


class Alignment(StrEnum):
    """Policy `alignment`: where the whole periods of a subscription lie."""

    ANNIVERSARY = "anniversary"
    """From the anchor, every cadence."""
    CALENDAR = "calendar"
    """Natural days, weeks (from Monday), months, quarters, half-years, years; the first may be a part. With a
    count above 1 the blocks begin with the natural interval that holds the anchor."""
    BILLING_DAY = "billing_day"
    """On a day of the month: a first part from the anchor to the billing day, then whole cadences from it."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The periods of a subscription: contiguous, half-open, in UTC, each found from the anchor alone.

    `starts_at` cuts the first period, `ends_at` the last; without `starts_at` the periods of anniversary and
    calendar alignment reach back before the anchor. Billing-day alignment always starts at the anchor. The
    billing day is clamped to shorter months; cadences counted in days have none and count from the anchor.

    Raises:
        PricingError: `billing_day_missing`, `invalid_billing_day`, `naive_datetime`, `empty_period`.
    """

    anchor: Anchor
    cadence: Cadence
    alignment: Alignment = Alignment.ANNIVERSARY
    billing_day: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "alignment", Alignment(self.alignment))
        if self.alignment is Alignment.BILLING_DAY:
            if self.billing_day is None:
                raise PricingError("billing_day_missing", "billing_day is missing", "billing_day")
            if not 1 <= self.billing_day <= 31:
                raise PricingError("invalid_billing_day", "a billing day is from 1 to 31", "billing_day")
        for name in ("starts_at", "ends_at"):
            at = getattr(self, name)
            if at is not None:
                object.__setattr__(self, name, as_utc(at))
        first, last = self.first_instant, self.ends_at
        if first is not None and last is not None and last <= first:
            raise PricingError("empty_period", "a schedule ends after it starts", "ends_at")

    @property
    def first_instant(self) -> datetime | None:
        """The instant before which there is no period, None when the periods reach back without limit."""
        if self.starts_at is not None:
            return self.starts_at
        return self.anchor.instant if self.alignment is Alignment.BILLING_DAY else None

    @property
    def lattice(self) -> Lattice:
        """The boundaries, not cut by the schedule's start and end."""
        anchor, cadence = self.anchor, self.cadence
        if self.alignment is Alignment.CALENDAR:
            return Lattice(natural_start(anchor.day, cadence.interval), 1, time(0), anchor.zone, cadence)
        if self.alignment is Alignment.BILLING_DAY and self.billing_day is not None and cadence.months:
            day = first_billing_day(anchor.day, cadence, self.billing_day)
            original = anchor.instant if day == anchor.day else None
            return Lattice(day, self.billing_day, anchor.wall_time, anchor.zone, cadence, original)
        return Lattice.from_anchor(anchor, cadence)


def first_billing_day(start: date, cadence: Cadence, billing_day: int) -> date:
    """Return the first billing day on or after a start day, clamped to its month.

    It is the billing day of the start's month when that is not past, whatever the cadence; otherwise the
    billing day one cadence later. The cadence must count months.
    """
    this_month = clamped_day(start, 0, billing_day)
    return this_month if this_month >= start else clamped_day(start, cadence.months, billing_day)


def period_containing(schedule: Schedule, at: datetime) -> Period:
    """Return the period that holds the instant `at`, cut at the schedule's start and end.

    An instant before the schedule's start belongs to the first period, one at or after its end to the last.
    """
    return _cut(schedule, _whole_period(schedule, at))


def full_period(
    schedule: Schedule, at: datetime, denominator: Denominator = Denominator.FULL_PERIOD
) -> Period:
    """Return the whole period behind the one that holds `at`: the denominator of its proration.

    It ends on the same boundary, uncut, and starts one cadence earlier on the lattice; with
    `boundary_minus_interval` a leading part's starts one plain cadence before that boundary instead. A fixed
    number of days is no period: `share_of` knows it.
    """
    whole, first = _whole_period(schedule, at), schedule.first_instant
    is_leading_part = first is not None and whole.starts_at < first
    if is_leading_part and denominator is Denominator.BOUNDARY_MINUS_INTERVAL:
        return period_before(whole.ends_at, schedule.cadence, schedule.anchor.zone)
    return whole


def next_boundary(schedule: Schedule, after: datetime) -> datetime:
    """Return the first boundary strictly after an instant, in UTC; the schedule's ends do not cut it."""
    lattice = schedule.lattice
    return lattice.boundary(lattice.index_at(as_utc(after)) + 1)


def first_boundary(schedule: Schedule) -> datetime:
    """Return the first boundary on or after the anchor, in UTC; an anchor on a boundary is its own."""
    lattice, at = schedule.lattice, schedule.anchor.instant
    index = lattice.index_at(at)
    return at if lattice.boundary(index) == at else lattice.boundary(index + 1)


def periods_between(schedule: Schedule, start: datetime, end: datetime) -> list[Period]:
    """Return the periods that overlap [start, end), in order and contiguous, cut only by the schedule itself.

    A local day that a zone skipped altogether has no instant and gives no period.
    """
    at, last = as_utc(start), as_utc(end)
    if schedule.first_instant is not None:
        at = max(at, schedule.first_instant)
    if schedule.ends_at is not None:
        last = min(last, schedule.ends_at)
    periods = []
    while at < last:
        period = period_containing(schedule, at)
        periods.append(period)
        at = period.ends_at
    return periods


def _whole_period(schedule: Schedule, at: datetime) -> Period:
    lattice, at = schedule.lattice, as_utc(at)
    if schedule.first_instant is not None:
        at = max(at, schedule.first_instant)
    if schedule.ends_at is not None and at >= schedule.ends_at:
        # The last instant inside: an end on a boundary must not open another period.
        at = schedule.ends_at - datetime.resolution
    index = lattice.index_at(at)
    return Period(lattice.boundary(index), lattice.boundary(index + 1))


def _cut(schedule: Schedule, whole: Period) -> Period:
    first, last = schedule.first_instant, schedule.ends_at
    return Period(
        whole.starts_at if first is None else max(whole.starts_at, first),
        whole.ends_at if last is None else min(whole.ends_at, last),
    )
