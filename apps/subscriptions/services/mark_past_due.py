from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.subscriptions.enums import SubscriptionStatus
from apps.subscriptions.models import Subscription
from apps.subscriptions.services.move_status import move_status


@transaction.atomic
def mark_past_due(*, subscription_id: int, at: datetime, invoice_id: str) -> Subscription:
    """Say that an invoice (public id) of an active subscription could not be collected.

    One that is not active (past due already, in trial, canceled) stays as it is.
    """
    subscription = Subscription.objects.select_for_update().get(pk=subscription_id)
    if subscription.status != SubscriptionStatus.ACTIVE:
        return subscription
    move_status(subscription, SubscriptionStatus.PAST_DUE)
    subscription.save(update_fields=["status"])
    record_event(name="subscription.past_due", subject=subscription, at=at, data={"invoice": invoice_id})
    return subscription
