"""What happens to one recognition schedule in memory; the callers lock and save it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from apps.invoices.enums import RecognitionKind
from apps.invoices.models import RecognitionMovement, RecognitionSchedule
from apps.pricing.periods.wall_clock import local_day, start_of_day
from apps.pricing.recognition import earned_by

ONE_DAY = timedelta(days=1)
MOVING = ("recognized_minor", "credited_minor", "spread_from", "spread_to", "spread_base_minor", "next_at")


def earned_until(schedule: RecognitionSchedule, day: date) -> int:
    """What is recognised of a schedule when every local day before `day` is over, in minor units."""
    spread = schedule.amount_minor - schedule.credited_minor - schedule.spread_base_minor
    earned = earned_by(day, first=schedule.spread_from, last=schedule.spread_to, amount_minor=spread)
    return schedule.spread_base_minor + earned


def catch_up(schedule: RecognitionSchedule, day: date) -> int:
    """Recognise every day before `day`; returns by how much what is recognised grew."""
    grown = earned_until(schedule, day) - schedule.recognized_minor
    schedule.recognized_minor += grown
    set_next(schedule, day)
    return grown


def take(schedule: RecognitionSchedule, net_minor: int, day: date) -> int:
    """Give back `net_minor`: of what is deferred first, then of what was recognised; returns the second part.

    The schedule has caught up to `day`; what stays deferred is spread anew from there.
    """
    deferred = schedule.deferred_minor
    from_deferred = min(net_minor, deferred) if deferred >= 0 else max(net_minor, deferred)
    from_recognized = net_minor - from_deferred
    schedule.credited_minor += net_minor
    schedule.recognized_minor -= from_recognized
    spread_anew(schedule, day)
    return from_recognized


def put_back(schedule: RecognitionSchedule, *, net_minor: int, recognized_minor: int, day: date) -> None:
    """Undo what `take` did with `net_minor`, of which `recognized_minor` came from what was recognised."""
    schedule.credited_minor -= net_minor
    schedule.recognized_minor += recognized_minor
    spread_anew(schedule, day)


def spread_anew(schedule: RecognitionSchedule, day: date) -> None:
    """Spread what is deferred over the days from `day` to the end, at least one."""
    schedule.spread_from = max(schedule.spread_from, day)
    schedule.spread_to = max(schedule.spread_to, schedule.spread_from + ONE_DAY)
    schedule.spread_base_minor = schedule.recognized_minor
    set_next(schedule, day)


def set_next(schedule: RecognitionSchedule, day: date) -> None:
    """Say when the next day is over that earns something, after every day before `day` is done."""
    after = max(schedule.spread_from, day) + ONE_DAY
    schedule.next_at = start_of_day(after, schedule.time_zone) if schedule.deferred_minor else None


def day_of(schedule: RecognitionSchedule, at: datetime) -> date:
    """The local day of the schedule's zone on which an instant falls."""
    return local_day(at, schedule.time_zone)


def movement(
    schedule: RecognitionSchedule,
    kind: RecognitionKind,
    *,
    source: tuple[str, str],
    at: datetime,
    recognized_minor: int = 0,
    credited_minor: int = 0,
) -> RecognitionMovement:
    """One movement of a schedule, not yet saved."""
    return RecognitionMovement(
        schedule=schedule,
        kind=kind,
        recognized_minor=recognized_minor,
        credited_minor=credited_minor,
        source_type=source[0],
        source_id=source[1],
        at=at,
    )
