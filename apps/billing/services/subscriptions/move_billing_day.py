from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.billing.services.subscriptions.make_change import hold_subscription, period_end
from apps.core.errors import InvalidInput
from apps.plans.enums import PeriodAlignment
from apps.subscriptions.enums import ChangeKind, ChangeStatus
from apps.subscriptions.errors import SubscriptionRefused
from apps.subscriptions.models import ScheduledChange
from apps.subscriptions.services.schedule_change import ChangeTerms, schedule_change
from apps.subscriptions.services.withdraw_change import withdraw_changes


@transaction.atomic
def move_billing_day(*, subscription_id: int, day: int, at: datetime) -> ScheduledChange:
    """Align a subscription's periods to another day of the month (1 to 31) from its next renewal on.

    What is paid stays as it is. At the end of the running period (or the trial) a part until the new day is
    billed by its share, and whole periods from there, counted in the customer's zone of then. A later call
    replaces an earlier one; other wishes stay.

    Raises:
        InvalidInput: the day is not from 1 to 31 (422).
        SubscriptionRefused: it is canceled, or its plan is not aligned to a billing day (409).
    """
    if not 1 <= day <= 31:
        raise InvalidInput("A billing day is from 1 to 31.", field="day")
    subscription = hold_subscription(subscription_id=subscription_id)
    if subscription.plan_version.alignment != PeriodAlignment.BILLING_DAY:
        raise SubscriptionRefused("This plan's periods are not aligned to a billing day.", field="day")
    earlier = subscription.changes.filter(status=ChangeStatus.PENDING, kind=ChangeKind.BILLING_DAY)
    withdraw_changes(changes=earlier, subscription=subscription, at=at)
    return schedule_change(
        subscription_id=subscription.pk,
        terms=ChangeTerms(kind=ChangeKind.BILLING_DAY, billing_day=day, planned=True),
        effective_at=period_end(subscription, at),
        at=at,
    )
