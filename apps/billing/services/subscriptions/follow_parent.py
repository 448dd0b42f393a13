from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from apps.subscriptions.enums import (
    LIVE_STATUSES,
    CancelReason,
    ChangeKind,
    ChangeStatus,
    SubscriptionStatus,
)
from apps.subscriptions.models import ScheduledChange, Subscription
from apps.subscriptions.services.end import end_subscription
from apps.subscriptions.services.lock import lock_subscription
from apps.subscriptions.services.schedule_change import ChangeTerms, schedule_change

_RUNNING = (SubscriptionStatus.TRIALING, SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a subscription stood before something happened to it."""

    status: str
    paused_at: datetime | None

    @classmethod
    def of(cls, subscription: Subscription) -> Standing:
        return cls(subscription.status, subscription.paused_at)


def follow_parent(
    *, parent: Subscription, before: Standing, at: datetime, unused_part: str = ""
) -> list[Subscription]:
    """Plan for the add-ons of a locked subscription what has just happened to it at `at` (UTC).

    They end with it and pause with it, and those that paused with it go on with it; what is unused of them
    goes where `unused_part` or the parent's change says, or else by their own plan's policy. Returns those
    that this concerns, locked, each to be billed up to `at`. Runs in the caller's transaction, which holds
    the customer.
    """
    kind = _followed(parent, before)
    if kind is None or parent.parent_id is not None:
        return []
    followed = []
    for add_on in _concerned(parent, kind, before):
        if add_on.status == SubscriptionStatus.SCHEDULED:
            end_subscription(subscription=add_on, at=at, reason=CancelReason.PARENT_ENDED)
            continue
        terms = ChangeTerms(
            kind=kind,
            planned=True,
            reason=CancelReason.PARENT_ENDED if kind == ChangeKind.CANCEL else "",
            unused_part=unused_part or _unused_part(parent, kind, at),
        )
        schedule_change(subscription_id=add_on.pk, terms=terms, effective_at=at, at=at)
        locked = lock_subscription(subscription_id=add_on.pk)
        locked.customer = parent.customer
        followed.append(locked)
    return followed


def followers_at(subscriptions: Collection[Subscription], at: datetime) -> list[Subscription]:
    """The add-ons that are about to end or pause with one of these locked subscriptions at `at` (UTC).

    Those of one in a trial, too, whose end may be theirs. What they were billed may be credited then.
    """
    stopping = ScheduledChange.objects.filter(
        subscription__in=[subscription.pk for subscription in subscriptions],
        kind__in=[ChangeKind.CANCEL, ChangeKind.PAUSE],
        status=ChangeStatus.PENDING,
        effective_at__lte=at,
    )
    parents = set(stopping.values_list("subscription_id", flat=True))
    parents |= {s.pk for s in subscriptions if s.status == SubscriptionStatus.TRIALING}
    return list(Subscription.objects.filter(parent__in=parents, status__in=_RUNNING)) if parents else []


def _followed(parent: Subscription, before: Standing) -> ChangeKind | None:
    if parent.status == before.status:
        return None
    if parent.status == SubscriptionStatus.CANCELED:
        return ChangeKind.CANCEL
    if parent.status == SubscriptionStatus.PAUSED:
        return ChangeKind.PAUSE
    return ChangeKind.RESUME if before.status == SubscriptionStatus.PAUSED else None


def _concerned(parent: Subscription, kind: ChangeKind, before: Standing) -> list[Subscription]:
    add_ons = Subscription.objects.select_for_update(no_key=True).filter(parent=parent).order_by("pk")
    if kind == ChangeKind.CANCEL:
        return list(add_ons.filter(status__in=LIVE_STATUSES))
    if kind == ChangeKind.PAUSE:
        return list(add_ons.filter(status__in=_RUNNING))
    # One that was paused for itself stays so.
    return list(add_ons.filter(status=SubscriptionStatus.PAUSED, paused_at=before.paused_at))


def _unused_part(parent: Subscription, kind: ChangeKind, at: datetime) -> str:
    """What was chosen for the parent's unused part; empty leaves each to the policy of its plan."""
    made = parent.changes.filter(kind=kind, status=ChangeStatus.APPLIED, settled_at=at).first()
    return made.unused_part if made else ""
