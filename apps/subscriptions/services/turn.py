from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from apps.subscriptions.models import Phase, Subscription, SubscriptionItem, SubscriptionPeriod
from apps.subscriptions.schedule import main_cadence
from apps.subscriptions.services.open_periods import open_periods
from apps.subscriptions.services.plan_next_bill import trial_end_of


def close_periods(*, subscription: Subscription, at: datetime, below: int | None) -> list[SubscriptionPeriod]:
    """Close every period that ended at or before `at`, and return them, oldest first.

    What they owe in arrears is the caller's to rate. `below` is the transaction id under which
    all events had been committed. Runs in the caller's transaction, on a locked subscription.
    """
    ended = list(
        SubscriptionPeriod.objects.select_related("phase__plan_version")
        .filter(subscription=subscription, closed_at=None, ends_at__lte=at)
        .order_by("starts_at", "cadence")
    )
    for period in ended:
        period.closed_at, period.closed_below = at, below
    if ended:
        keys = [period.pk for period in ended]
        SubscriptionPeriod.objects.filter(pk__in=keys).update(closed_at=at, closed_below=below)
    return ended


def turn_periods(
    *,
    subscription: Subscription,
    phase: Phase,
    items: Sequence[SubscriptionItem],
    at: datetime,
    planned: Sequence[datetime] = (),
) -> list[SubscriptionPeriod]:
    """Open the periods that begin at `at` and say when the subscription is next to be billed.

    What people call "the billing period" is that of the main cadence. `planned` are the instants of what is
    still scheduled: a bill comes at the earliest of them too, and a new period ends there. Runs in the
    caller's transaction, on a locked subscription whose ended periods are closed.
    """
    running = list(SubscriptionPeriod.objects.filter(subscription=subscription, closed_at=None))
    opened = open_periods(phase=phase, items=items, running=running, at=at, planned=planned)
    open_now = running + opened
    main = _main_period(items, open_now)
    if main is not None:
        subscription.current_period_starts_at = main.starts_at
        subscription.current_period_ends_at = main.ends_at
    ends = [period.ends_at for period in open_now]
    subscription.next_bill_at = min([*ends, *planned, *trial_end_of(subscription)], default=None)
    subscription.save(
        update_fields=["current_period_starts_at", "current_period_ends_at", "next_bill_at", "late_below"]
    )
    return opened


def _main_period(
    items: Sequence[SubscriptionItem], periods: Sequence[SubscriptionPeriod]
) -> SubscriptionPeriod | None:
    main = main_cadence([item.price for item in items])
    return next((period for period in periods if (period.interval, period.interval_count) == main), None)
