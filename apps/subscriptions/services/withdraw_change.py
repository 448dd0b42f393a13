from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.subscriptions.enums import ChangeStatus
from apps.subscriptions.errors import ChangeNotPending
from apps.subscriptions.models import ScheduledChange, Subscription


@transaction.atomic
def withdraw_change(*, subscription_id: int, at: datetime) -> ScheduledChange:
    """Take back what was scheduled for a subscription; everything goes on as if it had never been.

    Raises:
        ChangeNotPending: nothing is scheduled (409).
    """
    subscription = Subscription.objects.select_for_update().get(pk=subscription_id)
    change = subscription.changes.filter(status=ChangeStatus.PENDING).first()
    if change is None:
        raise ChangeNotPending("Nothing is scheduled for this subscription.")
    change.status, change.settled_at = ChangeStatus.WITHDRAWN, at
    change.save(update_fields=["status", "settled_at"])
    record_event(
        name="subscription.change_withdrawn",
        subject=subscription,
        at=at,
        data={"change": change.public_id, "kind": change.kind},
    )
    return change
