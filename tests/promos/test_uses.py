from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.audit.models import Event
from apps.customers.models import Customer
from apps.pricing.discounts import Discount, DiscountType
from apps.promos.errors import CouponUseRefused
from apps.promos.models import Coupon, CouponUse, Redemption
from apps.promos.open_discounts import OpenDiscount, open_discounts
from apps.promos.services.end_redemption import end_redemption
from apps.promos.services.record_uses import CouponUseInput, record_uses
from apps.promos.services.redeem import redeem_coupon
from apps.promos.services.release_uses import release_uses
from apps.promos.services.update_coupon import update_coupon
from apps.promos.validation import CurrencyTerms
from apps.subscriptions.billed_line import BilledLine
from tests.factories.billing import STARTED_AT
from tests.factories.customers import make_customer
from tests.factories.plans import make_meter, make_plan_row
from tests.factories.promos import make_fixed_coupon, make_percent_coupon

pytestmark = pytest.mark.django_db


def redeem(customer: Customer, coupon: Coupon, **given: Any) -> Redemption:
    return redeem_coupon(customer=customer, code=coupon.code, **{"at": STARTED_AT} | given)


def discounts(customer: Customer, currency: str = "EUR", **given: Any) -> list[OpenDiscount]:
    return open_discounts(customer_id=customer.pk, currency=currency, **{"at": STARTED_AT} | given)


def use(redemption: Redemption, amount: int, invoice: str, currency: str = "EUR") -> None:
    record_uses(
        uses=[CouponUseInput(redemption.pk, amount)],
        reference=("invoice", invoice),
        currency=currency,
        at=STARTED_AT,
    )


def release(invoice: str) -> None:
    release_uses(reference=("invoice", invoice), at=STARTED_AT)


def left(customer: Customer, currency: str = "EUR") -> list[Decimal]:
    return [each.discount.value for each in discounts(customer, currency)]


def test_a_customer_without_redemptions_costs_one_query():
    customer = make_customer()

    with CaptureQueriesContext(connection) as queries:
        assert discounts(customer) == []

    assert len(queries) == 1


def test_discounts_come_in_the_order_in_which_they_were_redeemed():
    customer = make_customer()
    coupons = [make_percent_coupon(percent, brand=customer.brand) for percent in ("10", "20", "30")]
    late = redeem(customer, coupons[0], at=STARTED_AT + timedelta(days=2))
    first, second = redeem(customer, coupons[1]), redeem(customer, coupons[2])

    with CaptureQueriesContext(connection) as queries:
        found = discounts(customer, at=STARTED_AT + timedelta(days=2))

    assert [each.redemption_id for each in found] == [first.pk, second.pk, late.pk]
    assert found[0].discount == Discount(DiscountType.PERCENT, Decimal(20))
    assert (found[0].name, found[0].public_id, found[0].rank) == (coupons[1].name, first.public_id, 2)
    assert len(queries) == 1
    assert [each.redemption_id for each in discounts(customer)] == [first.pk, second.pk]


def test_scope_says_which_lines_are_covered():
    customer, meter, plan = make_customer(), make_meter(), make_plan_row()
    of_meter = make_percent_coupon(brand=customer.brand, meters=[meter])
    of_plan = make_percent_coupon(brand=customer.brand, plans=[plan])
    of_product = make_percent_coupon(brand=customer.brand, products=[plan.product])
    of_both = make_percent_coupon(brand=customer.brand, plans=[plan], meters=[meter])
    of_all = make_percent_coupon(brand=customer.brand)
    for coupon in (of_meter, of_plan, of_product, of_both, of_all):
        redeem(customer, coupon)
    usage = BilledLine(plan_id=plan.pk, product_id=plan.product_id, meter_id=meter.pk)
    fee = BilledLine(plan_id=plan.pk, product_id=plan.product_id)
    foreign = BilledLine(plan_id=plan.pk + 1, product_id=plan.product_id + 1, meter_id=meter.pk)

    found = discounts(customer)

    assert [each.rank for each in found] == [0, 1, 1, 0, 2]
    assert [each.covers(usage) for each in found] == [True, True, True, True, True]
    assert [each.covers(fee) for each in found] == [False, True, True, False, True]
    assert [each.covers(foreign) for each in found] == [True, False, False, False, True]
    assert [each.covers(BilledLine()) for each in found] == [False, False, False, False, True]


def test_a_percentage_once_ends_with_the_first_invoice_that_uses_it():
    customer = make_customer()
    made = redeem(customer, make_percent_coupon(brand=customer.brand))

    use(made, 0, "inv_0")
    assert len(discounts(customer)) == 1
    use(made, 725, "inv_1")

    assert discounts(customer) == []
    made.refresh_from_db()
    assert (made.uses_left, made.end_reason, made.ended_at) == (0, "used_up", STARTED_AT)
    assert list(CouponUse.objects.values_list("reference_id", "amount_minor")) == [("inv_1", 725)]
    assert Event.objects.get(name="coupon.used").data == {
        "name": made.coupon.name,
        "reference": "inv_1",
        "amount_minor": 725,
        "currency": "EUR",
        "used_up": True,
    }


def test_a_fixed_amount_once_spills_until_it_is_used_up():
    customer = make_customer()
    made = redeem(customer, make_fixed_coupon(5000, brand=customer.brand))

    use(made, 2900, "inv_1")
    assert left(customer) == [Decimal("21.00")]
    with pytest.raises(CouponUseRefused):
        use(made, 2101, "inv_2")
    use(made, 2100, "inv_2")

    assert discounts(customer) == []
    with pytest.raises(CouponUseRefused):
        use(made, 1, "inv_3")


def test_a_fixed_amount_once_stays_in_the_currency_of_its_first_use():
    customer = make_customer()
    coupon = make_fixed_coupon([CurrencyTerms("EUR", 1000), CurrencyTerms("JPY", 1500)], brand=customer.brand)
    made = redeem(customer, coupon)
    assert (left(customer), left(customer, "JPY"), left(customer, "USD")) == (
        [Decimal("10.00")],
        [Decimal(1500)],
        [],
    )

    use(made, 500, "inv_1", "JPY")

    assert (left(customer), left(customer, "JPY")) == ([], [Decimal(1000)])
    with pytest.raises(CouponUseRefused):
        use(made, 1, "inv_2", "EUR")


def test_a_repeating_amount_is_whole_on_each_of_its_invoices():
    customer = make_customer()
    coupon = make_fixed_coupon(1000, brand=customer.brand, duration="repeating", invoices=2)
    made = redeem(customer, coupon)

    use(made, 400, "inv_1")
    assert left(customer) == [Decimal("10.00")]
    use(made, 1000, "inv_2")

    assert left(customer) == []


def test_forever_goes_on():
    customer = make_customer()
    made = redeem(customer, make_percent_coupon("10", brand=customer.brand, duration="forever"))

    for number in range(3):
        use(made, 100, f"inv_{number}")

    assert left(customer) == [Decimal(10)]
    made.refresh_from_db()
    assert made.uses_left is None


def test_an_invoice_uses_a_redemption_once_however_often_it_says_so():
    customer = make_customer()
    made = redeem(customer, make_fixed_coupon(5000, brand=customer.brand))

    use(made, 2000, "inv_1")
    use(made, 2000, "inv_1")

    assert left(customer) == [Decimal("30.00")]
    assert CouponUse.objects.count() == 1


def test_a_voided_invoice_gives_back_what_it_used_once():
    customer = make_customer()
    once = redeem(customer, make_percent_coupon("10", brand=customer.brand))
    fixed = redeem(customer, make_fixed_coupon(5000, brand=customer.brand))
    use(once, 100, "inv_1")
    use(fixed, 2000, "inv_1")
    use(fixed, 3000, "inv_2")
    assert left(customer) == []

    release("inv_1")
    release("inv_1")

    assert left(customer) == [Decimal(10), Decimal("20.00")]
    release("inv_2")
    assert left(customer) == [Decimal(10), Decimal("50.00")]
    fixed.refresh_from_db()
    assert (fixed.left_minor, fixed.left_currency, fixed.ended_at) == (None, "", None)
    assert Event.objects.filter(name="coupon.use_released").count() == 3


def test_what_was_ended_by_hand_stays_ended_after_a_void():
    customer = make_customer()
    made = redeem(customer, make_percent_coupon(brand=customer.brand))
    use(made, 100, "inv_1")
    end_redemption(redemption_id=made.pk, at=STARTED_AT)

    release("inv_1")

    assert discounts(customer) == []
    made.refresh_from_db()
    assert (made.end_reason, made.uses_left) == ("ended", 1)


def test_an_ended_redemption_takes_nothing_off():
    customer = make_customer()
    made = redeem(customer, make_percent_coupon(brand=customer.brand))
    end_redemption(redemption_id=made.pk, at=STARTED_AT)

    assert discounts(customer) == []
    with pytest.raises(CouponUseRefused):
        use(made, 1, "inv_1")
    assert not CouponUse.objects.exists()


def test_terms_are_those_of_the_redemption():
    customer = make_customer()
    coupon = make_percent_coupon(
        "10", brand=customer.brand, currencies=[CurrencyTerms("EUR", minimum_minor=10000)]
    )
    redeem(customer, coupon)

    update_coupon(coupon_id=coupon.pk, changes={"archived": True, "name": "Gone"}, at=STARTED_AT)

    (found,) = discounts(customer)
    assert (found.minimum_minor, found.discount.value) == (10000, Decimal(10))
    assert discounts(customer, "USD") == []


def test_one_that_stands_alone_and_is_opened_again_waits_for_the_other():
    customer = make_customer()
    alone = redeem(customer, make_percent_coupon("50", brand=customer.brand, combinable=False))
    use(alone, 100, "inv_1")
    other = redeem(customer, make_percent_coupon("10", brand=customer.brand))
    use(other, 10, "inv_2")

    release("inv_2")
    release("inv_1")

    assert left(customer) == [Decimal(50)]
    end_redemption(redemption_id=alone.pk, at=STARTED_AT)
    assert left(customer) == [Decimal(10)]
