from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.core.due_work import Scope
from apps.subscriptions.enums import SubscriptionStatus
from apps.subscriptions.models import Subscription


@transaction.atomic
def remind_of_trial_end(*, scope: Scope, at: datetime, limit: int = 100) -> int:
    """Announce the end of up to `limit` trials whose reminder is due, once each; returns how many."""
    due = list(
        Subscription.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(trial_reminder_at__lte=at, customer__test_clock_id=scope.test_clock_id)
        .order_by("trial_reminder_at", "id")[:limit]
    )
    for subscription in due:
        subscription.trial_reminder_at = None
        subscription.save(update_fields=["trial_reminder_at"])
        ends_at = subscription.trial_ends_at
        if subscription.status == SubscriptionStatus.TRIALING and ends_at is not None:
            record_event(
                name="subscription.trial_ending",
                subject=subscription,
                at=at,
                data={"ends_at": ends_at.isoformat()},
            )
    return len(due)
