from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.billing.services.collection.move_case import lock_customer
from apps.billing.services.subscriptions.cancel import cancel_now
from apps.billing.services.subscriptions.subscribe import Purchase, Subscribed, subscribe
from apps.customers.models import Customer
from apps.portal.errors import AlreadySubscribed
from apps.portal.services.record_purchase import GivenConsent, record_purchase
from apps.subscriptions.enums import CancelReason
from apps.subscriptions.selectors import live_subscriptions_of


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
    record_purchase(customer=customer, subscribed=subscribed, consent=consent, at=at)
    return subscribed
