from __future__ import annotations

from datetime import datetime

from apps.audit.services.record import record_event
from apps.subscriptions.enums import ChangeStatus, SubscriptionStatus
from apps.subscriptions.models import Subscription
from apps.subscriptions.services.end_phase import end_phase
from apps.subscriptions.services.move_status import move_status
from apps.subscriptions.services.withdraw_change import withdraw_changes


def end_subscription(*, subscription: Subscription, at: datetime, reason: str, comment: str = "") -> None:
    """Cancel a locked subscription at `at` (UTC, exclusive), in the caller's transaction.

    Running periods are cut at `at` and stay open until their arrears are billed, so the caller
    closes them afterwards. What was scheduled is withdrawn.

    Raises:
        SubscriptionRefused: it is canceled already (409).
    """
    move_status(subscription, SubscriptionStatus.CANCELED)
    for phase in subscription.phases.all():
        if phase.ends_at is None or phase.ends_at > at:
            # One that has not begun ends where it would have: it never was.
            end_phase(phase=phase, at=max(at, phase.starts_at))
    withdraw_changes(
        changes=subscription.changes.filter(status=ChangeStatus.PENDING), subscription=subscription, at=at
    )
    subscription.ended_at, subscription.next_bill_at = at, None
    subscription.cancel_reason, subscription.cancel_comment = reason, comment
    subscription.current_period_ends_at = min(subscription.current_period_ends_at, at)
    subscription.paused_at = None
    subscription.save(
        update_fields=[
            "status",
            "ended_at",
            "next_bill_at",
            "cancel_reason",
            "cancel_comment",
            "paused_at",
            "current_period_ends_at",
        ]
    )
    record_event(name="subscription.canceled", subject=subscription, at=at, data={"reason": reason})
