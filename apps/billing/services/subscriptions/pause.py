from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.billing.services.subscriptions.make_change import (
    ChangeMade,
    bill_what_is_late,
    hold_subscription,
    make_change,
)
from apps.subscriptions.enums import ChangeKind, ChangeStatus, SubscriptionStatus
from apps.subscriptions.errors import SubscriptionRefused
from apps.subscriptions.services.schedule_change import ChangeTerms, schedule_change
from apps.subscriptions.services.withdraw_change import withdraw_changes


@transaction.atomic
def pause(
    *,
    subscription_id: int,
    at: datetime,
    effective_at: datetime | None = None,
    resume_at: datetime | None = None,
    unused_part: str = "",
    below: int | None = None,
) -> ChangeMade:
    """Pause a subscription, at once unless `effective_at` (UTC) names a day: neither billed nor used until
    it is resumed, on `resume_at` where that is given.

    Arrears until then are billed. The unused rest of what was paid goes where `unused_part` says, or else by
    the policy `pause` of the plan. `below` is a usage watermark.

    Raises:
        SubscriptionRefused: it is not running, a day is past, or it would end before it begins (409).
    """
    subscription = hold_subscription(subscription_id=subscription_id)
    late = bill_what_is_late(subscription=subscription, at=at, below=below)
    if effective_at is None and subscription.status == SubscriptionStatus.PAUSED:
        # It would wait for the end of the pause, and undo it.
        raise SubscriptionRefused("This subscription is paused already.")
    if resume_at is not None and resume_at <= (effective_at or at):
        raise SubscriptionRefused("A pause ends after it begins.", field="resume_at")
    if subscription.status != SubscriptionStatus.PAUSED:
        # The end of a pause that this one replaces.
        ends = subscription.changes.filter(status=ChangeStatus.PENDING, kind=ChangeKind.RESUME)
        withdraw_changes(changes=ends, subscription=subscription, at=at)
    if resume_at is not None:
        terms = ChangeTerms(kind=ChangeKind.RESUME, planned=True)
        schedule_change(subscription_id=subscription.pk, terms=terms, effective_at=resume_at, at=at)
    made = make_change(
        subscription=subscription,
        terms=ChangeTerms(kind=ChangeKind.PAUSE, unused_part=unused_part),
        effective_at=effective_at or at,
        at=at,
        below=below,
    )
    return ChangeMade(made.change, late + made.invoices)


@transaction.atomic
def resume(
    *, subscription_id: int, at: datetime, effective_at: datetime | None = None, below: int | None = None
) -> ChangeMade:
    """Let a paused subscription go on, at once unless `effective_at` (UTC) names a day, and bill its first
    fees by the policy `resume` of the plan. `below` is a usage watermark.

    Raises:
        SubscriptionRefused: it is not paused, or the day is past (409).
    """
    subscription = hold_subscription(subscription_id=subscription_id)
    if effective_at is None and subscription.status != SubscriptionStatus.PAUSED:
        raise SubscriptionRefused("Only a paused subscription can be resumed.")
    return make_change(
        subscription=subscription,
        terms=ChangeTerms(kind=ChangeKind.RESUME),
        effective_at=effective_at or at,
        at=at,
        below=below,
    )
