from __future__ import annotations

from datetime import datetime

from django.db.models import Q, Sum

from apps.audit.models import Event
from apps.reporting.enums import MovementKind
from apps.reporting.models import MrrMovement
from apps.reporting.mrr import recurring_revenue
from apps.subscriptions.enums import PhaseKind
from apps.subscriptions.models import Subscription, SubscriptionItem

# The events at whose instant the revenue of a subscription can have changed. Past due is none of them:
# the contract goes on, and whether it is paid is told by the collections.
MOVING_EVENTS = (
    "subscription.activated",
    "subscription.trial_converted",
    "subscription.trial_downgraded",
    "subscription.plan_changed",
    "subscription.quantity_changed",
    "subscription.paused",
    "subscription.resumed",
    "subscription.canceled",
)


def record_movement(*, event: Event) -> MrrMovement | None:
    """Write how an event moved monthly recurring revenue (minor units a month), in the caller's transaction.

    Revenue after the event is computed from the items that are in force at its instant, never added up from
    its data; so a subscription has one movement for each instant, however many events that has, and reading
    the same events again in their order gives the same rows. Nothing is written where nothing moved.
    """
    written = MrrMovement.objects.filter(event_id=event.public_id).first()
    if written is not None:
        return written
    subscription = Subscription.objects.get(public_id=event.subject_id)
    own = MrrMovement.objects.filter(subscription=subscription)
    own.filter(at=event.at).delete()
    items = _items_in_force(subscription, event)
    after = recurring_revenue(items, subscription.currency).minor
    last = own.filter(at__lt=event.at).order_by("-at", "-id").first()
    delta = after - (last.mrr_after_minor if last else 0)
    if not delta:
        return None
    return MrrMovement.objects.create(
        brand_id=subscription.brand_id,
        livemode=subscription.livemode,
        customer_id=subscription.customer_id,
        subscription=subscription,
        plan_id=_plan_id(items, last),
        currency=subscription.currency,
        kind=_kind(subscription, event.at, delta),
        at=event.at,
        delta_minor=delta,
        mrr_after_minor=after,
        event_id=event.public_id,
    )


def _items_in_force(subscription: Subscription, event: Event) -> list[SubscriptionItem]:
    """Of the regular phases: a trial brings nothing."""
    return list(
        SubscriptionItem.objects.select_related("price", "phase__plan_version")
        .filter(
            Q(ends_at=None) | Q(ends_at__gt=event.at),
            subscription=subscription,
            phase__kind=PhaseKind.REGULAR,
            starts_at__lte=event.at,
        )
        .order_by("id")
    )


def _plan_id(items: list[SubscriptionItem], last: MrrMovement | None) -> int:
    """The plan that is in force; of a subscription that ended, the one that was left."""
    if items:
        return items[0].phase.plan_version.plan_id
    return last.plan_id if last else 0


def _kind(subscription: Subscription, at: datetime, delta: int) -> MovementKind:
    """By customer and currency: a second subscription is an expansion, and only the last to end is churn."""
    own = MrrMovement.objects.filter(
        customer_id=subscription.customer_id, currency=subscription.currency, at__lte=at
    )
    before = own.aggregate(total=Sum("delta_minor"))["total"] or 0
    if not before:
        return MovementKind.REACTIVATION if own.exists() else MovementKind.NEW
    if not before + delta:
        return MovementKind.CHURN
    return MovementKind.EXPANSION if delta > 0 else MovementKind.CONTRACTION
