from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from apps.audit.services.record import record_event
from apps.billing.owed import Owed
from apps.billing.services.run.bill_subscription import owed_at
from apps.billing.services.subscriptions.follow_parent import Standing, follow_parent
from apps.subscriptions.enums import LIVE_STATUSES, SubscriptionStatus
from apps.subscriptions.models import Subscription


def turn_subscriptions(
    *, due: Sequence[Subscription], instant: datetime, below: int | None = None
) -> list[tuple[Subscription, Owed]]:
    """Take locked subscriptions of one customer over the boundary at `instant`; what each owes there.

    Add-ons that end, pause or go on with one of them come along. `below` is a usage watermark. Runs in the
    caller's transaction, which holds the customer.
    """
    # Parents first: an add-on that renews at the instant at which its parent ends must not be renewed.
    waiting = sorted(due, key=lambda subscription: subscription.parent_id is not None)
    known = {subscription.pk for subscription in waiting}
    billed = []
    for subscription in waiting:
        if subscription.parent_id is not None:
            # One that was to begin as its parent ends has been ended with it.
            subscription.refresh_from_db(fields=["status"])
            if subscription.status == SubscriptionStatus.CANCELED:
                continue
        before = Standing.of(subscription)
        billed.append((subscription, _turn(subscription, instant, below)))
        for add_on in follow_parent(parent=subscription, before=before, at=instant):
            if add_on.pk not in known:
                billed += _turn_until(add_on, instant, below)
    return billed


def turn_add_ons(
    *,
    parent: Subscription,
    before: Standing,
    at: datetime,
    unused_part: str = "",
    below: int | None = None,
) -> list[tuple[Subscription, Owed]]:
    """Let the add-ons of a locked subscription follow what has just happened to it at `at` (UTC).

    `unused_part` is what was chosen for what is unused of it. Runs in the caller's transaction, which holds
    the customer.
    """
    followed = follow_parent(parent=parent, before=before, at=at, unused_part=unused_part)
    return [owed for add_on in followed for owed in _turn_until(add_on, at, below)]


def _turn_until(add_on: Subscription, at: datetime, below: int | None) -> list[tuple[Subscription, Owed]]:
    """Over every boundary up to `at`: no run may have come to earlier ones yet."""
    billed = []
    while add_on.next_bill_at is not None and add_on.next_bill_at <= at:
        billed.append((add_on, _turn(add_on, add_on.next_bill_at, below)))
    return billed


def _turn(subscription: Subscription, instant: datetime, below: int | None) -> Owed:
    begins = instant in (subscription.started_at, subscription.trial_ends_at)
    ended = subscription.current_period_ends_at == instant
    owed = owed_at(subscription=subscription, at=instant, below=below)
    # Monthly usage of a yearly plan is billed twelve times, and renews nothing.
    turned = subscription.current_period_starts_at == instant
    if turned and ended and not begins and subscription.status in LIVE_STATUSES:
        record_event(
            name="subscription.renewed",
            subject=subscription,
            at=instant,
            data={
                "starts_at": subscription.current_period_starts_at.isoformat(),
                "ends_at": subscription.current_period_ends_at.isoformat(),
            },
        )
    return owed
