from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from apps.audit.services.record import record_event
from apps.subscriptions.enums import ChangeStatus
from apps.subscriptions.errors import ChangeNotPending
from apps.subscriptions.models import ScheduledChange, Subscription
from apps.subscriptions.services.plan_next_bill import plan_next_bill


@transaction.atomic
def withdraw_change(*, subscription_id: int, at: datetime, reference: str | None = None) -> ScheduledChange:
    """Take back what was scheduled for a subscription; everything goes on as if it had never been.

    Without a `reference` (public id) that is the last wish, or else the next planned change.

    Raises:
        ChangeNotPending: nothing is scheduled, or not under that id (409).
    """
    subscription = Subscription.objects.select_for_update(no_key=True).get(pk=subscription_id)
    pending = subscription.changes.filter(status=ChangeStatus.PENDING)
    if reference is not None:
        pending = pending.filter(public_id=reference)
    change = pending.order_by("planned", "effective_at", "id").first()
    if change is None:
        raise ChangeNotPending("Nothing is scheduled for this subscription.")
    withdraw_changes(changes=pending.filter(pk=change.pk), subscription=subscription, at=at)
    plan_next_bill(subscription)
    subscription.save(update_fields=["next_bill_at"])
    return change


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
