from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from apps.billing.effects import Effect, effect_of
from apps.billing.services.run.bill_customer import bill_through, lock_billed_customer
from apps.billing.services.subscriptions.rehearse_next_bill import rehearse_next_bill
from apps.billing.services.subscriptions.subscribe import Purchase, redeem_for, terms_of_purchase
from apps.customers.models import Customer
from apps.promos.models import Redemption
from apps.promos.selectors import open_redemptions_of
from apps.promos.terms import CouponTerms
from apps.subscriptions.models import Subscription
from apps.subscriptions.services.start import start_subscription


@dataclass(frozen=True, slots=True)
class OrderPreview:
    """What a purchase would be billed at once, and next: whole invoices, with discounts and tax.

    `next` is None when no bill comes. `coupon` and its `terms` are what the purchase's code would redeem.
    """

    now: Effect
    next: Effect | None
    trial_ends_at: datetime | None
    coupon: str = ""
    terms: CouponTerms | None = None

    @property
    def tax_problem(self) -> str:
        """Why the tax is not known: a bill would wait; empty where it is known."""
        return self.now.tax_problem or (self.next.tax_problem if self.next else "")


def preview_order(*, customer: Customer, purchase: Purchase, at: datetime) -> OrderPreview:
    """Say exactly what subscribing at `at` (UTC) would bill, by doing it and taking it back.

    The very services that redeem, bill and number are run, so it cannot differ from the invoice; usage still
    to come is not in it. Nothing is kept, no number is spent, nobody is told. No payment method is needed.

    Raises:
        As `subscribe`, but for a missing payment method, which is asked for later.
    """
    with transaction.atomic():
        preview = _rehearse(customer, purchase, at)
        transaction.set_rollback(True)
    return preview


def _rehearse(customer: Customer, purchase: Purchase, at: datetime) -> OrderPreview:
    held = lock_billed_customer(customer_id=customer.pk)
    terms = replace(terms_of_purchase(customer=held, purchase=purchase), external_id=None)
    subscription = start_subscription(customer=held, terms=terms, at=at)
    redeem_for(subscription=subscription, code=purchase.promotion_code, at=at)
    redemption = _redeemed(subscription) if purchase.promotion_code else None
    invoices = bill_through(customer=held, subscription=subscription, at=at)
    return OrderPreview(
        now=effect_of(at=at, currency=subscription.currency, invoices=invoices, notes=[]),
        next=rehearse_next_bill(customer=held, subscription=subscription),
        trial_ends_at=subscription.trial_ends_at,
        coupon=redemption.coupon.name if redemption is not None else "",
        terms=CouponTerms.from_json(redemption.terms) if redemption is not None else None,
    )


def _redeemed(subscription: Subscription) -> Redemption | None:
    own = open_redemptions_of(subscription.customer_id).select_related("coupon")
    return own.filter(subscription=subscription).last()
