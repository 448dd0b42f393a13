from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.customers.models import Customer
from apps.plans.models import Plan
from apps.promos.eligibility import free_slots, refuse_closed, refuse_customer, refuse_purchase
from apps.promos.models import Redemption
from apps.promos.selectors import AskedCoupon, asked_coupon, terms_of
from apps.promos.services.claim import claim_redemption
from apps.promos.services.hold_customer import hold_customer
from apps.subscriptions.models import Subscription


@transaction.atomic
def redeem_coupon(
    *,
    customer: Customer,
    code: str,
    at: datetime,
    subscription: Subscription | None = None,
    by_customer: bool = False,
    plan: Plan | None = None,
) -> Redemption:
    """Give a customer a coupon's terms as they are now, for all invoices or those of one subscription.

    `code` is a promotion code or a coupon's own, in whatever case; `by_customer` (a code that was typed on a
    page) takes promotion codes only; `plan` is what the subscription changes to. `at` is the customer's time.

    Raises:
        PromotionCodeNotFound: no such code, or another customer's (404).
        CouponRefused: it may not be redeemed now; the subclass says why (409).
    """
    asked = asked_coupon(customer=customer, code=code, by_customer=by_customer)
    # Most refusals are seen without a lock; what others may change meanwhile is held by the claims.
    refuse_closed(asked, at=at)
    terms = terms_of(asked.coupon)
    refuse_purchase(terms, customer=customer, subscription=subscription, plan=plan)
    hold_customer(customer_id=customer.pk)
    slot, code_slot = free_slots(asked, customer=customer)
    refuse_customer(asked, terms, customer=customer, subscription=subscription)
    # Always the coupon first: two codes of one coupon cannot wait for each other.
    claim_redemption(asked.coupon)
    if asked.promotion_code is not None:
        claim_redemption(asked.promotion_code)
    redemption = Redemption.objects.create(
        brand_id=customer.brand_id,
        livemode=customer.livemode,
        customer=customer,
        coupon=asked.coupon,
        promotion_code=asked.promotion_code,
        subscription=subscription,
        slot=slot,
        code_slot=code_slot,
        terms=terms.as_json(),
        uses_left=terms.uses,
        redeemed_at=at,
    )
    _record(redemption, asked)
    return redemption


def _record(redemption: Redemption, asked: AskedCoupon) -> None:
    code = asked.promotion_code
    subscription = redemption.subscription
    record_event(
        name="coupon.redeemed",
        subject=redemption,
        at=redemption.redeemed_at,
        data={
            "coupon": asked.coupon.public_id,
            "name": asked.coupon.name,
            "code": asked.coupon.code if code is None else code.code,
            "subscription": None if subscription is None else subscription.public_id,
        },
    )
