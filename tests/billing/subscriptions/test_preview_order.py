from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from apps.accounts.models import Brand
from apps.billing.services.run.preview_next_invoice import preview_next_invoice
from apps.billing.services.subscriptions.change_plan import ChangeRequest, change_plan
from apps.billing.services.subscriptions.preview_order import preview_order
from apps.billing.services.subscriptions.subscribe import Purchase, subscribe
from apps.customers.models import Customer
from apps.invoices.models import Invoice
from apps.plans.policies import Timing
from apps.promos.enums import CouponDuration
from apps.promos.errors import CouponForOtherPlan, PromotionCodeNotFound
from apps.promos.models import Redemption
from tests.factories.billing import STARTED_AT, make_card
from tests.factories.customers import make_brand, make_customer
from tests.factories.plans import flat_price, make_plan
from tests.factories.promos import make_percent_coupon, make_promotion_code
from tests.factories.taxes import make_registration, ship_rates

pytestmark = pytest.mark.django_db


def buyer(**fields: object) -> tuple[Brand, Customer]:
    brand = make_brand()
    customer = make_customer(brand=brand, **fields)
    make_card(customer)
    return brand, customer


def test_preview_with_a_code_and_tax_is_the_invoice_that_then_comes() -> None:
    brand, customer = buyer()
    ship_rates()
    make_registration(brand, "DE")
    coupon = make_percent_coupon("50", brand=brand, name="Half", duration=CouponDuration.ONCE)
    make_promotion_code(coupon, "HALF")
    purchase = Purchase(plan_code=make_plan().code, promotion_code="half")

    preview = preview_order(customer=customer, purchase=purchase, at=STARTED_AT)

    assert not Redemption.objects.exists()
    assert not Invoice.objects.exists()
    (bill,) = preview.now.bills
    assert [(d.name, d.amount_minor) for d in bill.discounts] == [("Half", 1450)]
    assert [(t.percent, t.taxable_minor, t.tax_minor) for t in bill.taxes] == [(Decimal(19), 1450, 276)]
    assert (bill.total_minor, preview.coupon) == (1726, "Half")
    assert preview.next is not None
    assert preview.next.total_minor == 3451
    (issued,) = subscribe(customer=customer, purchase=purchase, at=STARTED_AT).invoices
    assert (issued.total_minor, issued.discount_minor, issued.tax_minor) == (1726, 1450, 276)


def test_code_that_does_not_count_refuses_the_purchase() -> None:
    _, customer = buyer()
    purchase = Purchase(plan_code=make_plan().code, promotion_code="NOPE")

    with pytest.raises(PromotionCodeNotFound):
        preview_order(customer=customer, purchase=purchase, at=STARTED_AT)
    with pytest.raises(PromotionCodeNotFound):
        subscribe(customer=customer, purchase=purchase, at=STARTED_AT)

    assert not Invoice.objects.exists()


def test_preview_says_that_a_tax_is_not_known_without_a_country() -> None:
    brand, customer = buyer(country="")
    ship_rates()
    make_registration(brand, "DE")

    preview = preview_order(customer=customer, purchase=Purchase(plan_code=make_plan().code), at=STARTED_AT)

    assert "has no country" in preview.tax_problem


def test_next_invoice_has_its_tax_and_holds_no_number() -> None:
    brand, customer = buyer()
    ship_rates()
    make_registration(brand, "DE")
    subscribed = subscribe(customer=customer, purchase=Purchase(plan_code=make_plan().code), at=STARTED_AT)

    effect = preview_next_invoice(subscription=subscribed.subscription)

    assert effect is not None
    assert (effect.total_minor, effect.bills[0].tax_minor) == (3451, 551)
    assert Invoice.objects.count() == 1


def test_code_of_the_new_plan_is_redeemed_with_the_change() -> None:
    brand, customer = buyer()
    small, bigger, other = (make_plan(prices=[flat_price(fee)]) for fee in ("29.00", "58.00", "90.00"))
    subscribed = subscribe(customer=customer, purchase=Purchase(plan_code=small.code), at=STARTED_AT)
    make_promotion_code(make_percent_coupon("50", brand=brand, plans=[bigger]), "BIG")
    request = ChangeRequest(plan_code=bigger.code, timing=Timing.NOW, promotion_code="BIG")

    made = change_plan(subscription_id=subscribed.subscription.pk, request=request, at=STARTED_AT)

    # Half of the new fee; the unused part of the old one has no discount.
    assert made.invoices[0].discount_minor == 2900
    again = replace(request, plan_code=other.code)
    with pytest.raises(CouponForOtherPlan):
        change_plan(subscription_id=subscribed.subscription.pk, request=again, at=STARTED_AT)
