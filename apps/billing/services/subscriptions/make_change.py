from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from apps.billing.services.run.bill_customer import bill_due_subscriptions, catch_up, lock_billed_customer
from apps.invoices.models import Invoice
from apps.subscriptions.enums import SubscriptionStatus
from apps.subscriptions.models import ScheduledChange, Subscription
from apps.subscriptions.services.lock import lock_subscription
from apps.subscriptions.services.schedule_change import ChangeTerms, schedule_change


@dataclass(frozen=True, slots=True)
class ChangeMade:
    """A change that has happened, with the invoices of its instant, or one that is scheduled."""

    change: ScheduledChange
    invoices: list[Invoice] = field(default_factory=list)


def hold_subscription(*, subscription_id: int) -> Subscription:
    """A subscription with its customer, both held until the caller's transaction ends.

    The customer comes first, as for everything that bills.
    """
    owner = Subscription.objects.only("customer_id").get(pk=subscription_id).customer_id
    customer = lock_billed_customer(customer_id=owner)
    subscription = lock_subscription(subscription_id=subscription_id)
    subscription.customer = customer
    return subscription


def make_change(
    *,
    subscription: Subscription,
    terms: ChangeTerms,
    effective_at: datetime,
    at: datetime,
    below: int | None = None,
) -> ChangeMade:
    """Schedule a change of a held subscription, and make it at once where it takes effect at `at` (UTC).

    Boundaries that passed unbilled must have been billed before. `below` is a usage watermark. Runs in the
    caller's transaction.

    Raises:
        SubscriptionRefused: it is canceled, its state does not allow the move, or the day is past (409).
    """
    change = schedule_change(subscription_id=subscription.pk, terms=terms, effective_at=effective_at, at=at)
    if effective_at > at:
        return ChangeMade(change)
    subscription.next_bill_at = at
    invoices = bill_due_subscriptions(customer=subscription.customer, due=[subscription], at=at, below=below)
    change.refresh_from_db()
    return ChangeMade(change, invoices)


def bill_what_is_late(*, subscription: Subscription, at: datetime, below: int | None = None) -> list[Invoice]:
    """Bill the boundaries of a held subscription before `at` to which no run has come yet."""
    return catch_up(customer=subscription.customer, subscription=subscription, at=at, below=below)


def period_end(subscription: Subscription, at: datetime) -> datetime:
    """When the running period of a subscription ends, or its trial; `at` where it is paused beyond that."""
    ends_at = subscription.current_period_ends_at
    return max(at, ends_at) if subscription.status == SubscriptionStatus.PAUSED else ends_at
