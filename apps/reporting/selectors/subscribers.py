"""How many subscribe; each number has its rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Count, F, Q, QuerySet

from apps.pricing.periods.wall_clock import local_day, start_of_day
from apps.reporting.window import Window
from apps.subscriptions.models import Subscription


class Group(StrEnum):
    """The subscriptions behind one of the counts."""

    ACTIVE = "active"
    TRIALING = "trialing"
    FREE = "free"
    CHURNED = "churned"


@dataclass(frozen=True, slots=True)
class SubscriberCounts:
    """Subscriptions at an instant: paid ones past their trial, in trial, on a free plan; paid ones that
    ended in the month of that instant."""

    active: int
    trialing: int
    free: int
    churned: int


def subscriber_counts(window: Window, at: datetime) -> SubscriberCounts:
    """The counts at `at` (UTC, inclusive), by the plans that subscriptions have now. One query."""
    counts = _own(window).aggregate(
        **{group.value: Count("pk", filter=_condition(group, window, at)) for group in Group}
    )
    return SubscriberCounts(**counts)


def subscriber_rows(window: Window, at: datetime, group: Group) -> QuerySet[Subscription]:
    """The subscriptions behind a count, the newest first."""
    rows = _own(window).filter(_condition(group, window, at))
    return rows.select_related("customer", "plan_version__plan").order_by("-started_at", "-id")


def _own(window: Window) -> QuerySet[Subscription]:
    return Subscription.objects.filter(
        brand_id=window.brand_id, livemode=window.livemode, currency=window.currency
    )


def _condition(group: Group, window: Window, at: datetime) -> Q:
    free = Q(plan_version__plan__is_free=True)
    running = Q(started_at__lte=at) & (Q(ended_at=None) | Q(ended_at__gt=at))
    past_trial = Q(trial_ends_at=None) | Q(trial_ends_at__lte=at)
    if group is Group.TRIALING:
        return running & Q(trial_ends_at__gt=at)
    if group is Group.FREE:
        return running & free & past_trial
    if group is Group.ACTIVE:
        return running & ~free & past_trial
    month = start_of_day(local_day(at, window.zone).replace(day=1), window.zone)
    # One that ended with its trial, or within it, never paid.
    paid = Q(trial_ends_at=None) | Q(trial_ends_at__lt=F("ended_at"))
    return Q(ended_at__gte=month, ended_at__lte=at) & paid & ~free
