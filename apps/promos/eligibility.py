"""Whether a customer may redeem a coupon: asked before it is redeemed, and for previews."""

from __future__ import annotations

from datetime import datetime

from apps.customers.models import Customer
from apps.ledger.selectors import count_transactions
from apps.plans.models import Plan
from apps.promos.errors import (
    CouponExhausted,
    CouponForFirstPurchase,
    CouponForOtherCurrency,
    CouponForOtherPlan,
    CouponNotOpen,
    CouponRedeemedBefore,
    CouponStandsAlone,
    SubscriptionNotOpen,
)
from apps.promos.models import Coupon, PromotionCode
from apps.promos.open_discounts import meet
from apps.promos.selectors import AskedCoupon, open_redemptions_of
from apps.promos.terms import CouponTerms
from apps.subscriptions.enums import LIVE_STATUSES
from apps.subscriptions.models import Subscription
from apps.subscriptions.selectors import live_currencies


def refuse_closed(asked: AskedCoupon, *, at: datetime) -> None:
    """Refuse what nobody may redeem at `at`; what is spent is seen here, and held by the claim.

    Raises:
        CouponNotOpen: archived, or outside of [starts_at, ends_at) (409).
        CouponExhausted: all redemptions are spent (409).
    """
    for row in _rows(asked):
        too_early = row.starts_at is not None and at < row.starts_at
        too_late = row.ends_at is not None and at >= row.ends_at
        if row.archived_at is not None or too_early or too_late:
            raise CouponNotOpen(f"'{row.code}' is not valid now.", field="code")
        if row.max_redemptions is not None and row.redeemed_count >= row.max_redemptions:
            raise CouponExhausted(f"'{row.code}' has been used up.", field="code")


def refuse_purchase(
    terms: CouponTerms,
    *,
    customer: Customer,
    subscription: Subscription | None,
    currency: str | None = None,
    plan: Plan | None = None,
) -> None:
    """Refuse a coupon that could take nothing off what the customer buys.

    `currency` is that of the purchase; without one it is the subscription's, or any that the customer is
    billed in. `plan` is what the subscription changes to.

    Raises:
        SubscriptionNotOpen: it has ended, or is another customer's (409).
        CouponForOtherCurrency: it is good in none of the currencies (409).
        CouponForOtherPlan: the subscription's plan is none of its plans (409).
    """
    if subscription is not None:
        own = subscription.customer_id == customer.pk
        if not own or subscription.status not in LIVE_STATUSES:
            raise SubscriptionNotOpen("The subscription has ended.", field="subscription")
        plan = plan or subscription.plan_version.plan
        if not terms.scope.sells(plan_id=plan.pk, product_id=plan.product_id):
            raise CouponForOtherPlan(f"The coupon is not for {plan.name}.", field="subscription")
    if terms.currencies and not _billed_in(customer, subscription, currency) & terms.currencies:
        good_in = ", ".join(sorted(terms.currencies))
        raise CouponForOtherCurrency(f"The coupon is good in {good_in} only.", field="code")


def refuse_customer(
    asked: AskedCoupon, terms: CouponTerms, *, customer: Customer, subscription: Subscription | None
) -> None:
    """Refuse what this customer may not have beside their other redemptions and invoices.

    Raises:
        CouponForFirstPurchase: the customer has been invoiced (409).
        CouponStandsAlone: it would meet one that it does not go with (409).
    """
    code = asked.promotion_code
    if code is not None and code.first_purchase_only and has_bought(customer):
        raise CouponForFirstPurchase(f"'{code.code}' is for a first purchase.", field="code")
    mine = None if subscription is None else subscription.pk
    for held in open_redemptions_of(customer.pk):
        together = terms.combinable and held.terms["combinable"]
        if not together and meet(held.subscription_id, mine):
            raise CouponStandsAlone("The coupon cannot be combined with another one.", field="code")


def free_slots(asked: AskedCoupon, *, customer: Customer) -> tuple[int, int | None]:
    """The numbers that a customer's next redemption of the coupon and of the promotion code would have.

    They are judged and stored as one: of two redemptions that were judged at once the unique key refuses one.

    Raises:
        CouponRedeemedBefore: as often as each customer may (409).
    """
    code = asked.promotion_code
    return _free_slot(asked.coupon, customer), None if code is None else _free_slot(code, customer)


def has_bought(customer: Customer) -> bool:
    """Whether an invoice of the customer stands in the books: finalised, above zero and not voided."""
    booked = count_transactions(customer_id=customer.pk, kinds=("invoice", "invoice_void"))
    return booked["invoice"] > booked["invoice_void"]


def _free_slot(row: Coupon | PromotionCode, customer: Customer) -> int:
    had = row.redemptions.filter(customer=customer).count()
    if row.max_per_customer is not None and had >= row.max_per_customer:
        raise CouponRedeemedBefore(f"'{row.code}' was redeemed before.", field="code")
    return had + 1


def _rows(asked: AskedCoupon) -> list[Coupon | PromotionCode]:
    return [row for row in (asked.promotion_code, asked.coupon) if row is not None]


def _billed_in(customer: Customer, subscription: Subscription | None, currency: str | None) -> set[str]:
    if currency is not None:
        return {currency}
    if subscription is not None:
        return {subscription.currency}
    return {customer.currency, *live_currencies(customer.pk)}
