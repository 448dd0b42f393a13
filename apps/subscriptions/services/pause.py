from __future__ import annotations

from datetime import datetime

from apps.audit.services.record import record_event
from apps.subscriptions.enums import SubscriptionStatus
from apps.subscriptions.models import Phase, Subscription
from apps.subscriptions.services.end_phase import end_phase
from apps.subscriptions.services.move_status import move_status


def pause_subscription(*, subscription: Subscription, phase: Phase, at: datetime) -> None:
    """Stop a locked subscription at `at` (UTC, exclusive) until it is resumed, in the caller's transaction.

    Its phase and running periods are cut and stay open until the caller has billed what they owe. What is
    scheduled stays: a resume on a day is a scheduled change.

    Raises:
        SubscriptionRefused: it is paused already, canceled, or has not begun (409).
    """
    move_status(subscription, SubscriptionStatus.PAUSED)
    end_phase(phase=phase, at=at)
    subscription.paused_at = at
    subscription.save(update_fields=["status", "paused_at"])
    record_event(name="subscription.paused", subject=subscription, at=at)
