from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.subscriptions.enums import ChangeStatus, PhaseKind, SubscriptionStatus
from apps.subscriptions.errors import SubscriptionRefused
from apps.subscriptions.models import Subscription, SubscriptionPeriod
from apps.subscriptions.services.lock import lock_subscription
from apps.subscriptions.services.plan_next_bill import plan_next_bill
from apps.subscriptions.services.start import reminder_of
from apps.subscriptions.services.withdraw_change import withdraw_changes


@transaction.atomic
def extend_trial(*, subscription_id: int, ends_at: datetime, at: datetime) -> Subscription:
    """Let a running trial end later, at `ends_at` (UTC); the paid time and its anchor begin then.

    What was to happen when the trial ends moves with it, unless the same is planned for then already, and
    the customer is reminded of the new end.

    Raises:
        SubscriptionRefused: it is not in trial, its trial is over, or would not end later (409).
    """
    subscription = lock_subscription(subscription_id=subscription_id)
    before = subscription.trial_ends_at
    if subscription.status != SubscriptionStatus.TRIALING or before is None or before <= at:
        raise SubscriptionRefused("Only a trial that runs can be extended.")
    if ends_at <= before:
        raise SubscriptionRefused("An extended trial ends later than before.", field="ends_at")
    subscription.trial_ends_at = ends_at
    subscription.trial_reminder_at = reminder_of(at, ends_at)
    _move_phase(subscription, before, ends_at)
    _move_changes(subscription, before, ends_at, at)
    plan_next_bill(subscription)
    subscription.save(
        update_fields=["trial_ends_at", "trial_reminder_at", "current_period_ends_at", "next_bill_at"]
    )
    record_event(
        name="subscription.trial_extended",
        subject=subscription,
        at=at,
        data={"from": before.isoformat(), "to": ends_at.isoformat()},
    )
    return subscription


def _move_changes(subscription: Subscription, before: datetime, ends_at: datetime, at: datetime) -> None:
    """Move what was to happen at the trial's end; what is planned for its new end replaces the same kind."""
    pending = subscription.changes.filter(status=ChangeStatus.PENDING)
    planned = pending.filter(planned=True, effective_at=ends_at).values_list("kind", flat=True)
    replaced = pending.filter(planned=True, effective_at=before, kind__in=list(planned))
    withdraw_changes(changes=replaced, subscription=subscription, at=at)
    pending.filter(effective_at=before).update(effective_at=ends_at)


def _move_phase(subscription: Subscription, before: datetime, ends_at: datetime) -> None:
    """Move the end of a trial that is a phase of its own; one that only frees the fee moves no period."""
    phases = subscription.phases.filter(kind=PhaseKind.TRIAL, ends_at=before)
    if not phases.update(ends_at=ends_at):
        return
    # A planned change may have cut the trial's period: what is cut ends where it did.
    periods = SubscriptionPeriod.objects.filter(subscription=subscription, closed_at=None)
    periods.filter(ends_at=before).update(ends_at=ends_at)
    periods.filter(full_ends_at=before).update(full_ends_at=ends_at)
    if subscription.current_period_ends_at == before:
        subscription.current_period_ends_at = ends_at
