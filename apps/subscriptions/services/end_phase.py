from __future__ import annotations

from datetime import datetime

from django.db.models import F

from apps.subscriptions.models import Phase, SubscriptionItem, SubscriptionPeriod


def end_phase(*, phase: Phase, at: datetime) -> None:
    """End a phase, its items and its running periods at `at` (UTC, exclusive), in the caller's transaction.

    A running period is cut: its arrears are then due for the part that was used. One that would
    start at `at` or later never happened and goes away; ended periods stay as they were.
    """
    phase.ends_at = at
    phase.save(update_fields=["ends_at"])
    SubscriptionItem.objects.filter(phase=phase, ends_at=None).update(ends_at=at)
    running = SubscriptionPeriod.objects.filter(phase=phase, closed_at=None, ends_at__gt=at)
    running.filter(starts_at__gte=at).delete()
    running.filter(starts_at__lt=at, ends_at__gt=F("starts_at")).update(ends_at=at)
