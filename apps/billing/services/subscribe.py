from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.billing.errors import CardRequired
from apps.billing.services.bill_customer import bill_due_subscriptions, lock_billed_customer
from apps.core.errors import InvalidInput
from apps.customers.models import Customer
from apps.invoices.models import Invoice
from apps.payments.selectors import default_method
from apps.plans.enums import QuantitySource
from apps.plans.models import Price
from apps.plans.selectors import prices_of, published_version
from apps.subscriptions.enums import CollectionMethod
from apps.subscriptions.models import Subscription
from apps.subscriptions.services.start import SubscriptionTerms, start_subscription

MAX_TRIAL_DAYS = 730


@dataclass(frozen=True, slots=True)
class Purchase:
    """What a customer wants to subscribe to. `trial_days` None means the plan's own trial."""

    plan_code: str
    currency: str = ""
    quantity: int = 1
    trial_days: int | None = None
    external_id: str | None = None
    collection_method: CollectionMethod = CollectionMethod.CHARGE_AUTOMATICALLY
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A subscription that has begun, and the invoices of its first instant."""

    subscription: Subscription
    invoices: list[Invoice]


@transaction.atomic
def subscribe(*, customer: Customer, purchase: Purchase, at: datetime) -> Subscribed:
    """Begin a subscription at `at` (UTC) and issue its first invoice, all in one transaction.

    The currency is the customer's unless named. What else of the customer is due waits for the run.
    Nothing is charged here: the collection opens, and a worker (or the caller, with the customer
    present) collects after the commit.

    Raises:
        PlanNotFound, PriceUnavailable: it is not sold here (404), or not in that currency (422).
        CardRequired: it is charged automatically and there is no payment method (409).
        InvalidInput: the quantity or the trial makes no sense (422).
    """
    customer = lock_billed_customer(customer_id=customer.pk)
    terms = terms_of_purchase(customer=customer, purchase=purchase)
    _check_card(customer, terms)
    subscription = start_subscription(customer=customer, terms=terms, at=at)
    invoices = bill_due_subscriptions(customer=customer, due=[subscription], at=at)
    return Subscribed(subscription, invoices)


def terms_of_purchase(*, customer: Customer, purchase: Purchase) -> SubscriptionTerms:
    """What a purchase means here and now: version, prices, currency, trial.

    Raises:
        PlanNotFound, PriceUnavailable, InvalidInput: as `subscribe`.
    """
    version = published_version(plan_code=purchase.plan_code, brand_id=customer.brand_id)
    currency = purchase.currency or customer.currency
    prices = prices_of(version, currency)
    trial_days = version.trial_days if purchase.trial_days is None else purchase.trial_days
    _check_amounts(purchase, prices, trial_days)
    return SubscriptionTerms(
        version=version,
        prices=prices,
        currency=currency,
        quantity=purchase.quantity,
        trial_days=trial_days,
        external_id=purchase.external_id,
        collection_method=purchase.collection_method,
        metadata=purchase.metadata,
    )


def _check_amounts(purchase: Purchase, prices: Sequence[Price], trial_days: int) -> None:
    if purchase.quantity < 1:
        raise InvalidInput("A quantity is a whole number from 1.", field="quantity")
    seats = any(price.quantity_source == QuantitySource.SEATS for price in prices)
    if purchase.quantity > 1 and not seats:
        raise InvalidInput("This plan has no quantity: leave it at 1.", field="quantity")
    if not 0 <= trial_days <= MAX_TRIAL_DAYS:
        raise InvalidInput(f"A trial is from 0 to {MAX_TRIAL_DAYS} days.", field="trial_days")


def _check_card(customer: Customer, terms: SubscriptionTerms) -> None:
    free = terms.version.plan.is_free
    if free or terms.collection_method == CollectionMethod.SEND_INVOICE:
        return
    if terms.trial_days and not terms.version.trial_requires_card:
        return
    if not default_method(customer.pk):
        raise CardRequired(
            "Save a payment method first, or have invoices sent instead.", field="payment_method"
        )
