from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from apps.audit.services.record import record_event
from apps.subscriptions.enums import ChangeKind, ChangeStatus, SubscriptionStatus
from apps.subscriptions.errors import ChangeNotPending
from apps.subscriptions.models import ScheduledChange, Subscription
from apps.subscriptions.services.plan_next_bill import plan_next_bill


@transaction.atomic
def withdraw_change(*, subscription_id: int, at: datetime, reference: str | None = None) -> ScheduledChange:
    """Take back what was scheduled for a subscription; everything goes on as if it had never been.

    Without a `reference` (public id) that is the last wish, or else the next planned change. With a pause to
    come goes the day on which it was to end.

    Raises:
        ChangeNotPending: nothing is scheduled, or not under that id (409).
    """
    subscription = Subscription.objects.select_for_update(no_key=True).get(pk=subscription_id)
    pending = subscription.changes.filter(status=ChangeStatus.PENDING)
    change = _last_wish(pending if reference is None else pending.filter(public_id=reference))
    if change is None:
        raise ChangeNotPending("Nothing is scheduled for this subscription.")
    gone = Q(pk=change.pk)
    if change.kind == ChangeKind.PAUSE and subscription.status != SubscriptionStatus.PAUSED:
        gone |= Q(kind=ChangeKind.RESUME)
    withdraw_changes(changes=pending.filter(gone), subscription=subscription, at=at)
    plan_next_bill(subscription)
    subscription.save(update_fields=["next_bill_at"])
    change.refresh_from_db()
    return change


def _last_wish(pending: QuerySet[ScheduledChange]) -> ScheduledChange | None:
    wishes = pending.filter(planned=False).order_by("-requested_at", "-id")
    return wishes.first() or pending.order_by("effective_at", "id").first()


def withdraw_changes(*, changes: QuerySet[ScheduledChange], subscription: Subscription, at: datetime) -> None:
    """Withdraw pending changes of a locked subscription, each with its event, in the caller's transaction."""
    for change in changes:
        change.status, change.settled_at = ChangeStatus.WITHDRAWN, at
        change.save(update_fields=["status", "settled_at"])
        record_event(
            name="subscription.change_withdrawn",
            subject=subscription,
            at=at,
            data={"change": change.public_id, "kind": change.kind},
        )
