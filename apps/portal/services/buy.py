from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from apps.accounts.models import User
from apps.billing.services.collection.hold_collection import hold_collection
from apps.billing.services.collection.move_case import lock_customer
from apps.billing.services.subscriptions.cancel import cancel_now
from apps.billing.services.subscriptions.subscribe import Purchase, Subscribed, subscribe
from apps.customers.enums import ConsentKind
from apps.customers.models import Customer
from apps.customers.services.record_consent import record_consent
from apps.portal.errors import AlreadySubscribed
from apps.subscriptions.enums import CancelReason
from apps.subscriptions.selectors import live_subscriptions_of

# Longer than a person needs for the bank's question; after it the card is charged without them.
TIME_TO_PAY = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class GivenConsent:
    """What a person has ticked, word for word; `user` is None for the bearer of a link."""

    text: str
    user: User | None
    ip: str | None


@transaction.atomic
def buy_plan(
    *, customer: Customer, purchase: Purchase, consent: GivenConsent | None, at: datetime
) -> Subscribed:
    """Subscribe a customer who is there, in one transaction with the consent; a free plan makes way.

    Nothing is charged here: the caller collects the invoices afterwards, with the customer present. `at` is
    the customer's time.

    Raises:
        AlreadySubscribed: there is a paid plan, which is changed instead (409).
        CardRequired, PlanNotFound, PriceUnavailable, InvalidInput, CouponRefused: as `subscribe`.
    """
    # Two clicks on the button must not buy twice: the second waits here, then finds the first one's plan.
    lock_customer(customer_id=customer.pk)
    for running in live_subscriptions_of(customer.pk):
        if not running.plan_version.plan.is_free:
            raise AlreadySubscribed("You have a plan already. Change it on the page of your subscription.")
        cancel_now(subscription_id=running.pk, reason=CancelReason.REPLACED, comment="", at=at)
    subscribed = subscribe(customer=customer, purchase=purchase, at=at)
    if consent is not None:
        record_consent(
            customer=customer,
            kind=ConsentKind.RECURRING_CHARGE,
            text=consent.text,
            user=consent.user,
            ip=consent.ip,
            subject=subscribed.subscription.public_id,
            at=at,
        )
    for invoice in subscribed.invoices:
        hold_collection(invoice=invoice, until=at + TIME_TO_PAY)
    return subscribed
