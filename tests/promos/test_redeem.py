from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from apps.audit.models import Event
from apps.customers.models import Customer
from apps.ledger.services.post import Leg, post_transaction
from apps.promos.errors import (
    CouponExhausted,
    CouponForFirstPurchase,
    CouponForOtherCurrency,
    CouponForOtherPlan,
    CouponNotOpen,
    CouponRedeemedBefore,
    CouponStandsAlone,
    PromotionCodeNotFound,
    SubscriptionNotOpen,
)
from apps.promos.models import Coupon, Redemption
from apps.promos.services.end_redemption import end_redemption
from apps.promos.services.redeem import redeem_coupon
from apps.promos.services.update_coupon import update_coupon
from apps.promos.validation import CurrencyTerms
from tests.factories.billing import STARTED_AT, subscribe_to
from tests.factories.customers import make_customer
from tests.factories.plans import make_plan
from tests.factories.promos import make_fixed_coupon, make_percent_coupon, make_promotion_code

pytestmark = pytest.mark.django_db


def redeem(customer: Customer, code: str, **given: Any) -> Redemption:
    return redeem_coupon(customer=customer, code=code, **{"at": STARTED_AT} | given)


def refused(error: type[Exception], customer: Customer, code: str, **given: Any) -> None:
    before = (Redemption.objects.count(), list(Coupon.objects.values_list("redeemed_count", flat=True)))
    with pytest.raises(error):
        redeem(customer, code, **given)
    after = (Redemption.objects.count(), list(Coupon.objects.values_list("redeemed_count", flat=True)))
    assert after == before


def book_invoice(customer: Customer, kind: str = "invoice") -> None:
    sign = 1 if kind == "invoice" else -1
    post_transaction(
        key=f"{kind}:1",
        brand_id=customer.brand_id,
        livemode=False,
        at=STARTED_AT,
        kind=kind,
        reference=("invoice", "inv_1"),
        customer_id=customer.pk,
        legs=[Leg("receivable", 100 * sign, "EUR"), Leg("revenue", -100 * sign, "EUR")],
    )


def test_a_code_in_any_case_gives_the_terms_as_they_are():
    customer = make_customer()
    coupon = make_percent_coupon("12.5", brand=customer.brand, duration="repeating", invoices=3)
    code = make_promotion_code(coupon, "Spring-26")

    made = redeem(customer, " sPRING-26 ")

    assert (made.coupon, made.promotion_code, made.slot, made.code_slot) == (coupon, code, 1, 1)
    assert (made.uses_left, made.terms["percent"], made.redeemed_at) == (3, "12.5", STARTED_AT)
    coupon.refresh_from_db()
    code.refresh_from_db()
    assert (coupon.redeemed_count, code.redeemed_count) == (1, 1)
    event = Event.objects.get(name="coupon.redeemed")
    assert (event.subject_id, event.customer_id, event.data["code"]) == (
        made.public_id,
        customer.pk,
        "Spring-26",
    )


def test_a_coupons_own_code_is_for_staff_and_not_for_customers():
    customer = make_customer()
    make_percent_coupon(brand=customer.brand, code="inner")

    refused(PromotionCodeNotFound, customer, "inner", by_customer=True)
    assert redeem(customer, "INNER").promotion_code is None


def test_codes_of_others_are_answered_as_unknown():
    customer, other = make_customer(), make_customer()
    make_promotion_code(make_percent_coupon(brand=other.brand), "THEIRS")
    friend = make_customer(brand=customer.brand)
    make_promotion_code(
        make_percent_coupon(brand=customer.brand, code="personal"), "PERSONAL", customer=friend
    )

    refused(PromotionCodeNotFound, customer, "THEIRS")
    refused(PromotionCodeNotFound, customer, "PERSONAL")
    refused(PromotionCodeNotFound, customer, "NONE")
    assert redeem(friend, "PERSONAL").customer == friend


@pytest.mark.parametrize("of_code", [True, False])
def test_the_window_is_half_open(of_code: bool):
    customer = make_customer()
    window = {"starts_at": STARTED_AT, "ends_at": STARTED_AT + timedelta(days=1), "max_per_customer": None}
    coupon = make_percent_coupon(brand=customer.brand, **({"max_per_customer": None} if of_code else window))
    code = make_promotion_code(coupon, **(window if of_code else {"max_per_customer": None})).code
    instant = timedelta(microseconds=1)

    refused(CouponNotOpen, customer, code, at=STARTED_AT - instant)
    refused(CouponNotOpen, customer, code, at=STARTED_AT + timedelta(days=1))
    redeem(customer, code, at=STARTED_AT)
    redeem(customer, code, at=STARTED_AT + timedelta(days=1) - instant)


def test_caps_in_total_and_per_customer_hold():
    brand = make_customer().brand
    coupon = make_percent_coupon(brand=brand, max_redemptions=3, max_per_customer=2)
    code = make_promotion_code(coupon, max_per_customer=1).code
    first, second, third = (make_customer(brand=brand) for _ in range(3))

    redeem(first, code)
    refused(CouponRedeemedBefore, first, code)
    assert redeem(first, coupon.code).slot == 2
    refused(CouponRedeemedBefore, first, coupon.code)
    redeem(second, code)
    refused(CouponExhausted, third, code)


def test_an_ended_redemption_still_counts():
    customer = make_customer()
    code = make_promotion_code(make_percent_coupon(brand=customer.brand)).code
    made = redeem(customer, code)

    end_redemption(redemption_id=made.pk, at=STARTED_AT)
    ended = end_redemption(redemption_id=made.pk, at=STARTED_AT + timedelta(days=9))

    assert (ended.ended_at, ended.end_reason) == (STARTED_AT, "ended")
    assert Event.objects.filter(name="coupon.redemption_ended").count() == 1
    refused(CouponRedeemedBefore, customer, code)


def test_an_archived_coupon_is_not_redeemed_by_any_code():
    customer = make_customer()
    coupon = make_percent_coupon(brand=customer.brand)
    code = make_promotion_code(coupon).code

    update_coupon(coupon_id=coupon.pk, changes={"archived": True}, at=STARTED_AT)

    refused(CouponNotOpen, customer, code)
    refused(CouponNotOpen, customer, coupon.code)


def test_first_purchase_is_one_without_an_invoice_that_stands():
    customer = make_customer()
    coupon = make_percent_coupon(brand=customer.brand, max_per_customer=None)
    code = make_promotion_code(coupon, first_purchase_only=True).code

    book_invoice(customer)
    refused(CouponForFirstPurchase, customer, code)
    redeem(customer, coupon.code)
    book_invoice(customer, "invoice_void")
    assert redeem(customer, code).slot == 2


def test_currencies_are_those_that_the_customer_is_billed_in():
    customer = make_customer()
    dollars = make_fixed_coupon([CurrencyTerms("USD", 1000)], brand=customer.brand)
    euros = make_percent_coupon(brand=customer.brand, currencies=[CurrencyTerms("EUR")])

    refused(CouponForOtherCurrency, customer, dollars.code)
    assert redeem(customer, euros.code).terms["currencies"] == ["EUR"]


def test_a_coupon_for_a_subscription_fits_its_plan_and_belongs_to_its_customer():
    customer = make_customer()
    plan, other = make_plan(), make_plan()
    subscription = subscribe_to(plan, customer=customer).subscription
    fitting = make_percent_coupon(brand=customer.brand, plans=[plan])
    of_product = make_percent_coupon(brand=customer.brand, products=[plan.product])
    elsewhere = make_percent_coupon(brand=customer.brand, plans=[other])
    stranger = make_customer(brand=customer.brand)

    assert redeem(customer, fitting.code, subscription=subscription).subscription == subscription
    redeem(customer, of_product.code, subscription=subscription)
    refused(CouponForOtherPlan, customer, elsewhere.code, subscription=subscription)
    refused(SubscriptionNotOpen, stranger, fitting.code, subscription=subscription)


def test_what_stands_alone_is_redeemed_beside_no_other_on_the_same_lines():
    customer = make_customer()
    one, two = (subscribe_to(customer=customer, card=first).subscription for first in (True, False))
    alone = make_percent_coupon(brand=customer.brand, combinable=False, max_per_customer=None)
    other = make_percent_coupon(brand=customer.brand, max_per_customer=None)

    held = redeem(customer, alone.code, subscription=one)

    refused(CouponStandsAlone, customer, other.code, subscription=one)
    refused(CouponStandsAlone, customer, other.code)
    refused(CouponStandsAlone, customer, alone.code, subscription=one)
    redeem(customer, alone.code, subscription=two)
    end_redemption(redemption_id=held.pk, at=STARTED_AT)
    redeem(customer, other.code, subscription=one)
