from __future__ import annotations

from datetime import datetime

from apps.subscriptions.enums import ChangeStatus, SubscriptionStatus
from apps.subscriptions.models import ScheduledChange, Subscription, SubscriptionPeriod


def plan_next_bill(subscription: Subscription) -> None:
    """Set `next_bill_at` of a locked subscription: where it next needs a run; the caller saves it.

    That is the earliest end of a period that is not closed, of a trial, or the instant of a scheduled change;
    one that has not begun keeps its start. None once nothing is to come.
    """
    ends = _open_ends(subscription)
    if ends is None:
        return
    changes = ScheduledChange.objects.filter(subscription=subscription, status=ChangeStatus.PENDING)
    instants = [*ends, *changes.values_list("effective_at", flat=True), *trial_end_of(subscription)]
    subscription.next_bill_at = min(instants, default=None)


def trial_end_of(subscription: Subscription) -> list[datetime]:
    """The end of a trial that still runs: nothing or one instant."""
    ends_at = subscription.trial_ends_at
    runs = subscription.status == SubscriptionStatus.TRIALING and ends_at is not None
    return [ends_at] if runs and ends_at is not None else []


def _open_ends(subscription: Subscription) -> list[datetime] | None:
    """The ends of the periods that are not closed; None where none was ever opened."""
    periods = SubscriptionPeriod.objects.filter(subscription=subscription)
    ends = list(periods.filter(closed_at=None).values_list("ends_at", flat=True))
    return ends if ends or periods.exists() else None
