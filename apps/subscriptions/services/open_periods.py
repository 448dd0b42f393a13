from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from apps.pricing.periods.cadence import Cadence, Interval
from apps.pricing.periods.period import Period
from apps.pricing.periods.schedule import period_containing
from apps.subscriptions.enums import PhaseKind
from apps.subscriptions.models import Phase, SubscriptionItem, SubscriptionPeriod
from apps.subscriptions.schedule import cadence_code, phase_schedule, whole_period


def open_periods(
    *,
    phase: Phase,
    items: Sequence[SubscriptionItem],
    running: Sequence[SubscriptionPeriod],
    at: datetime,
    planned: Sequence[datetime] = (),
) -> list[SubscriptionPeriod]:
    """Materialise the period that holds `at` for each cadence of the items that has none yet.

    Half-open, in UTC, counted from the phase's anchor; contiguous because `at` is where the last one ended.
    What is `planned` inside of one cuts it, so that nothing is paid which is known not to come. `running` are
    the subscription's periods that are not closed. Runs in the caller's transaction; an overlap is refused by
    the database.
    """
    covered = {period.cadence for period in running if period.starts_at <= at < period.ends_at}
    cadences = {(item.price.interval, item.price.interval_count) for item in items}
    missing = [c for c in sorted(cadences) if cadence_code(*c) not in covered]
    return SubscriptionPeriod.objects.bulk_create(
        [_period(phase, *cadence, at, planned) for cadence in missing]
    )


def _period(
    phase: Phase, interval: str, count: int, at: datetime, planned: Sequence[datetime]
) -> SubscriptionPeriod:
    part, full = _bounds(phase, Cadence(Interval(interval), count), at)
    cuts = [instant for instant in planned if at < instant < part.ends_at]
    return SubscriptionPeriod(
        subscription_id=phase.subscription_id,
        phase=phase,
        interval=interval,
        interval_count=count,
        cadence=cadence_code(interval, count),
        # Behind a cut that was taken back, the rest of the period begins at `at`.
        starts_at=max(part.starts_at, at),
        ends_at=min(cuts, default=part.ends_at),
        full_starts_at=full.starts_at,
        full_ends_at=full.ends_at,
    )


def _bounds(phase: Phase, cadence: Cadence, at: datetime) -> tuple[Period, Period]:
    if phase.kind == PhaseKind.TRIAL and phase.ends_at is not None:
        # A trial is one period however long it is: nothing renews inside it.
        trial = Period(phase.starts_at, phase.ends_at)
        return trial, trial
    return period_containing(phase_schedule(phase, cadence), at), whole_period(phase, cadence, at)
