"""Which periods of a schedule a billing run finds. Bounds are told with each function."""

from __future__ import annotations

from datetime import datetime, timedelta

from apps.pricing.periods.period import Period
from apps.pricing.periods.schedule import Schedule, period_containing, periods_between
from apps.pricing.periods.wall_clock import as_utc, local_day, start_of_day


def periods_started(schedule: Schedule, at: datetime) -> list[Period]:
    """Return the periods that start at or before `at`, from the schedule's start: billed in advance."""
    start = schedule.first_instant or schedule.anchor.instant
    return periods_between(schedule, start, at + datetime.resolution)


def periods_ended(schedule: Schedule, at: datetime) -> list[Period]:
    """Return the periods that end (or are cut) at or before `at`, from the start: billed in arrears."""
    return [period for period in periods_started(schedule, at) if period.ends_at <= at]


def last_ended_period(schedule: Schedule, at: datetime) -> Period | None:
    """Return the last period that ended at or before `at`, None when none has."""
    running = period_containing(schedule, at)
    if running.ends_at <= at:
        return running
    if schedule.first_instant is not None and running.starts_at <= schedule.first_instant:
        return None
    return period_containing(schedule, running.starts_at - datetime.resolution)


def period_of_day_before(schedule: Schedule, at: datetime) -> Period | None:
    """Return the period of the local day before `at`, cut at the start of the local day of `at`.

    None when nothing of the schedule lies before that day.
    """
    zone = schedule.anchor.zone
    today = local_day(at, zone)
    run_starts = start_of_day(today, zone)
    period = period_containing(schedule, start_of_day(today - timedelta(days=1), zone))
    if period.starts_at >= run_starts:
        return None
    return Period(period.starts_at, min(period.ends_at, run_starts))


def elapsed_periods(schedule: Schedule, at: datetime) -> int:
    """Return how many periods have ended at or before `at`."""
    return len(periods_ended(schedule, as_utc(at)))
