from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.plans.models import PlanVersion
from apps.subscriptions.enums import LIVE_STATUSES, ChangeKind, ChangeStatus
from apps.subscriptions.errors import SubscriptionRefused
from apps.subscriptions.models import ScheduledChange, Subscription


@dataclass(frozen=True, slots=True)
class ChangeTerms:
    """What is to change: to which version or quantity, or why it is canceled."""

    kind: ChangeKind
    version: PlanVersion | None = None
    quantity: int | None = None
    reason: str = ""
    comment: str = ""


@transaction.atomic
def schedule_change(
    *, subscription_id: int, terms: ChangeTerms, effective_at: datetime, at: datetime
) -> ScheduledChange:
    """Note that a subscription changes at `effective_at` (UTC); it can be taken back until then.

    A later wish replaces an earlier one: the pending change, if any, is withdrawn.

    Raises:
        SubscriptionRefused: the subscription is canceled, or the instant is past (409).
    """
    # The lock keeps two wishes from both finding nothing pending.
    subscription = Subscription.objects.select_for_update().get(pk=subscription_id)
    if subscription.status not in LIVE_STATUSES:
        raise SubscriptionRefused("A canceled subscription does not change.")
    if effective_at < at:
        raise SubscriptionRefused("A change cannot take effect in the past.", field="effective_at")
    subscription.changes.filter(status=ChangeStatus.PENDING).update(
        status=ChangeStatus.WITHDRAWN, settled_at=at
    )
    change = ScheduledChange.objects.create(
        subscription=subscription,
        kind=terms.kind,
        effective_at=effective_at,
        plan_version=terms.version,
        quantity=terms.quantity,
        reason=terms.reason,
        comment=terms.comment,
        requested_at=at,
    )
    _record(subscription, change, at)
    return change


def _record(subscription: Subscription, change: ScheduledChange, at: datetime) -> None:
    version = change.plan_version
    record_event(
        name="subscription.change_scheduled",
        subject=subscription,
        at=at,
        data={
            "change": change.public_id,
            "kind": change.kind,
            "effective_at": change.effective_at.isoformat(),
            "plan": version.plan.code if version else None,
            "plan_name": version.plan.name if version else None,
            "quantity": change.quantity,
            "reason": change.reason,
        },
    )
