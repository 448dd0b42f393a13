from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from django.db import transaction

from apps.billing.services.run.bill_subscription import owed_at
from apps.billing.services.subscriptions.subscribe import Purchase, terms_of_purchase
from apps.customers.models import Customer
from apps.pricing.charge import Charge
from apps.pricing.money import Money
from apps.subscriptions.models import Subscription
from apps.subscriptions.services.lock import lock_subscription
from apps.subscriptions.services.start import start_subscription

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class UpcomingBill:
    """What would be billed at an instant: the charges with their sum, and what credit notes would give back.

    Charges below zero are credits on the same invoice; a sum below zero goes to the balance. What was billed
    progressively of their usage (`progressive_minor`) comes off.
    """

    at: datetime
    currency: str
    charges: list[Charge]
    credits: list[Charge] = field(default_factory=list)
    progressive_minor: int = 0

    @property
    def total(self) -> Money:
        charged = Money.total((charge.amount for charge in self.charges), self.currency)
        return charged - Money(self.progressive_minor, self.currency)


@dataclass(frozen=True, slots=True)
class PurchasePreview:
    """What a purchase costs now, what comes next and when; a trial costs nothing now."""

    now: UpcomingBill
    next: UpcomingBill | None
    trial_ends_at: datetime | None


def preview_purchase(*, customer: Customer, purchase: Purchase, at: datetime) -> PurchasePreview:
    """Say exactly what subscribing would bill, by doing it and taking it back.

    It calls the services that bill, so it cannot differ from the invoice; usage still to come is
    not in it. Nothing is kept, no number is spent, nobody is told.

    Raises:
        As `subscribe`, but for a missing payment method, which is asked for later.
    """

    def rehearse() -> PurchasePreview:
        terms = terms_of_purchase(customer=customer, purchase=purchase)
        subscription = start_subscription(customer=customer, terms=terms, at=at)
        now = _first_bills(subscription, at)
        return PurchasePreview(now, _next_bill(subscription), subscription.trial_ends_at)

    return _taken_back(rehearse)


def preview_next_bill(*, subscription: Subscription) -> UpcomingBill | None:
    """What a subscription's next bill would be with what was used so far; None when none comes."""

    def rehearse() -> UpcomingBill | None:
        return _next_bill(lock_subscription(subscription_id=subscription.pk))

    return _taken_back(rehearse)


def _next_bill(subscription: Subscription) -> UpcomingBill | None:
    at = subscription.next_bill_at
    if at is None:
        return None
    return _bill(subscription, at)


def _first_bills(subscription: Subscription, at: datetime) -> UpcomingBill:
    """What is due by now of a subscription that was just made: nothing where it is to begin later."""
    charges: list[Charge] = []
    credits: list[Charge] = []
    while subscription.next_bill_at is not None and subscription.next_bill_at <= at:
        bill = _bill(subscription, subscription.next_bill_at)
        charges, credits = charges + bill.charges, credits + bill.credits
    return UpcomingBill(at, subscription.currency, charges, credits)


def _bill(subscription: Subscription, at: datetime) -> UpcomingBill:
    owed = owed_at(subscription=subscription, at=at)
    return UpcomingBill(at, subscription.currency, owed.charges, owed.credits, owed.progressive_minor)


def _taken_back(rehearse: Callable[[], T]) -> T:
    with transaction.atomic():
        result = rehearse()
        transaction.set_rollback(True)
    return result
