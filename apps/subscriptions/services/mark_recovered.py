from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.subscriptions.enums import SubscriptionStatus
from apps.subscriptions.models import Subscription
from apps.subscriptions.services.move_status import move_status


@transaction.atomic
def mark_recovered(*, subscription_id: int, at: datetime) -> Subscription:
    """Say that nothing of a past-due subscription is overdue any more; another status stays as it is."""
    subscription = Subscription.objects.select_for_update().get(pk=subscription_id)
    if subscription.status != SubscriptionStatus.PAST_DUE:
        return subscription
    move_status(subscription, SubscriptionStatus.ACTIVE)
    subscription.save(update_fields=["status"])
    record_event(name="subscription.recovered", subject=subscription, at=at)
    return subscription
