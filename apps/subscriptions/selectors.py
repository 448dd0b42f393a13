"""Reads about subscriptions, their running phase and what is scheduled for them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import F, Prefetch, QuerySet

from apps.core.due_work import Scope
from apps.subscriptions.enums import LIVE_STATUSES, ChangeStatus
from apps.subscriptions.errors import SubscriptionNotFound
from apps.subscriptions.models import (
    Phase,
    ScheduledChange,
    Subscription,
    SubscriptionItem,
    SubscriptionPeriod,
)


def get_subscription(*, brand_id: int, livemode: bool, reference: str) -> Subscription:
    """The subscription with this public id, or the newest with this external id.

    Raises:
        SubscriptionNotFound: none in this brand and mode (404).
    """
    own = subscriptions_with_parts().filter(brand_id=brand_id, livemode=livemode)
    found = own.filter(public_id=reference).first() or (
        own.filter(external_id=reference).order_by("-created_at", "-id").first()
    )
    if found is None:
        raise SubscriptionNotFound(f"There is no subscription '{reference}'.", field="subscription")
    return found


def subscriptions_with_parts() -> QuerySet[Subscription]:
    """Subscriptions with all that a page or the API shows of them, in a fixed number of queries."""
    return Subscription.objects.select_related(
        "customer__test_clock", "plan_version__plan__product", "parent"
    ).prefetch_related(
        Prefetch(
            "items",
            queryset=SubscriptionItem.objects.filter(ends_at=None).select_related("price__meter", "phase"),
            to_attr="running_items",
        ),
        Prefetch(
            "changes",
            queryset=ScheduledChange.objects.filter(status=ChangeStatus.PENDING)
            .select_related("plan_version__plan")
            .order_by("effective_at", "planned", "id"),
            to_attr="pending_changes",
        ),
    )


def subscriptions_of(customer_id: int) -> QuerySet[Subscription]:
    """A customer's subscriptions, the running ones first, then the newest."""
    return subscriptions_with_parts().filter(customer_id=customer_id).order_by("ended_at", "-created_at")


def live_subscriptions_of(customer_id: int) -> QuerySet[Subscription]:
    """A customer's subscriptions that are in trial, active or past due, oldest first."""
    return subscriptions_with_parts().filter(customer_id=customer_id, status__in=LIVE_STATUSES).order_by("id")


def has_left(customer_id: int) -> bool:
    """Whether a customer had subscriptions and all of them have ended."""
    own = Subscription.objects.filter(customer_id=customer_id)
    return own.exists() and not own.filter(status__in=LIVE_STATUSES).exists()


def live_currencies(customer_id: int) -> set[str]:
    """The currencies (ISO 4217) in which a customer's subscriptions that have not ended are billed."""
    own = Subscription.objects.filter(customer_id=customer_id, status__in=LIVE_STATUSES)
    return set(own.values_list("currency", flat=True))


def add_ons_of(subscription_id: int) -> QuerySet[Subscription]:
    """The add-ons of a subscription that have not ended, oldest first."""
    return Subscription.objects.filter(parent_id=subscription_id, status__in=LIVE_STATUSES).order_by("pk")


def ended_since(customer_id: int, external_id: str | None, at: datetime) -> bool:
    """Whether a customer's subscription with an external id ended after `at`."""
    own = Subscription.objects.filter(customer_id=customer_id, external_id=external_id)
    return external_id is not None and own.filter(ended_at__gt=at).exists()


def items_of(phase: Phase) -> list[SubscriptionItem]:
    """The items of a phase with their prices and meters, in the order of the price list."""
    return list(phase.items.select_related("price__meter", "price__version__plan").order_by("id"))


def continued_items(items: Collection[SubscriptionItem]) -> dict[int, list[SubscriptionItem]]:
    """By item, those whose fees are paid for it because it continues them, newest first.

    They come with their prices and phases. The items are of one subscription; no query where none continues.
    """
    newest = {item.pk: item.continues_id for item in items}
    if not any(newest.values()):
        return {key: [] for key in newest}
    found = SubscriptionItem.objects.select_related(
        "price__meter", "price__version__plan", "phase__plan_version"
    ).filter(
        subscription__in={item.subscription_id for item in items},
        price__in={item.price_id for item in items if item.continues_id},
    )
    known = {item.pk: item for item in found}
    chains: dict[int, list[SubscriptionItem]] = {key: [] for key in newest}
    for key, continued in newest.items():
        while continued is not None:
            chains[key].append(known[continued])
            continued = known[continued].continues_id
    return chains


def metered_event_names(subscription: int | F) -> QuerySet[SubscriptionItem, str]:
    """The names of the events that the running items of a subscription count, for use inside a query."""
    return SubscriptionItem.objects.filter(
        subscription=subscription, ends_at=None, price__meter__isnull=False
    ).values_list("price__meter__event_name", flat=True)


def pending_changes(subscription_id: int) -> list[ScheduledChange]:
    """All that is scheduled for a subscription, in order; at one instant the planned comes before a wish."""
    return list(
        ScheduledChange.objects.select_related("plan_version__plan")
        .filter(subscription_id=subscription_id, status=ChangeStatus.PENDING)
        .order_by("effective_at", "-planned", "id")
    )


def running_periods(subscription_id: int, at: datetime) -> list[SubscriptionPeriod]:
    """The periods that hold `at`, one for each cadence."""
    return list(
        SubscriptionPeriod.objects.select_related("phase__plan_version").filter(
            subscription_id=subscription_id, starts_at__lte=at, ends_at__gt=at
        )
    )


def earlier_parts(period: SubscriptionPeriod, *, price_id: int) -> list[SubscriptionPeriod]:
    """The parts of the same whole period that ran before one of its parts under a price, oldest first."""
    return list(
        SubscriptionPeriod.objects.filter(
            subscription_id=period.subscription_id,
            cadence=period.cadence,
            full_starts_at=period.full_starts_at,
            full_ends_at=period.full_ends_at,
            ends_at__lte=period.starts_at,
            phase__items__price=price_id,
        ).order_by("starts_at")
    )


def due_subscriptions(scope: Scope) -> QuerySet[Subscription]:
    """Subscriptions in a scope that will be billed some day, the earliest first."""
    return Subscription.objects.filter(
        next_bill_at__isnull=False, customer__test_clock_id=scope.test_clock_id
    ).order_by("next_bill_at", "id")
