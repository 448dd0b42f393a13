from __future__ import annotations

from datetime import datetime

from apps.audit.services.record import record_event
from apps.subscriptions.enums import SubscriptionStatus
from apps.subscriptions.models import Subscription
from apps.subscriptions.services.move_status import move_status


def begin_subscription(*, subscription: Subscription, at: datetime) -> None:
    """Let a locked subscription that was scheduled begin at `at`, its start, in trial or at once.

    Runs in the caller's transaction.
    """
    trial = subscription.trial_ends_at is not None
    move_status(subscription, SubscriptionStatus.TRIALING if trial else SubscriptionStatus.ACTIVE)
    subscription.save(update_fields=["status"])
    data = {"plan": subscription.plan_version.plan.code}
    record_event(name="subscription.started", subject=subscription, at=at, data=data)
    if not trial:
        record_event(name="subscription.activated", subject=subscription, at=at, data=data)
