from __future__ import annotations

import pytest

from apps.promos.models import Redemption
from apps.promos.offers import OfferedLine, Purchase, best_offer, compare_offers
from apps.promos.services.redeem import redeem_coupon
from apps.promos.validation import CurrencyTerms
from apps.subscriptions.billed_line import BilledLine
from tests.factories.billing import STARTED_AT
from tests.factories.customers import make_customer
from tests.factories.plans import make_meter, make_plan_row
from tests.factories.promos import make_fixed_coupon, make_percent_coupon, make_promotion_code

pytestmark = pytest.mark.django_db


def test_the_offer_that_takes_most_stands_first_and_the_refused_last():
    customer, meter, plan = make_customer(), make_meter(), make_plan_row()
    brand = customer.brand
    fee = BilledLine(plan_id=plan.pk, product_id=plan.product_id)
    usage = BilledLine(plan_id=plan.pk, product_id=plan.product_id, meter_id=meter.pk)
    purchase = Purchase("EUR", [OfferedLine(fee, 2999), OfferedLine(usage, 10001), OfferedLine(fee, -500)])
    make_promotion_code(make_percent_coupon("12.5", brand=brand, meters=[meter]), "METER")
    make_promotion_code(make_fixed_coupon(2000, brand=brand), "TWENTY")
    make_promotion_code(make_percent_coupon("10", brand=brand), "TEN")
    make_promotion_code(make_fixed_coupon([CurrencyTerms("USD", 9900)], brand=brand), "DOLLARS")
    high = [CurrencyTerms("EUR", minimum_minor=13001)]
    make_promotion_code(make_percent_coupon("90", brand=brand, currencies=high), "BIG")

    offers = compare_offers(
        customer=customer,
        codes=["METER", "ten", "TWENTY", "DOLLARS", "BIG", "NONE", "ten"],
        purchase=purchase,
        at=STARTED_AT,
    )

    # 12.5 % of 100.01 is 12.50125, 10 % of 130.00 is 13.00; a credit of 5.00 takes nothing away.
    assert [(offer.code, offer.takes_minor, offer.refusal) for offer in offers] == [
        ("TWENTY", 2000, ""),
        ("ten", 1300, ""),
        ("METER", 1250, ""),
        ("DOLLARS", 0, "coupon_for_other_currency"),
        ("BIG", 0, "coupon_below_minimum"),
        ("NONE", 0, "promotion_code_not_found"),
    ]
    assert not Redemption.objects.exists()


def test_a_fixed_amount_takes_no_more_than_it_covers_and_ties_keep_their_order():
    customer = make_customer()
    make_promotion_code(make_fixed_coupon(5000, brand=customer.brand), "FIFTY")
    make_promotion_code(make_percent_coupon("100", brand=customer.brand), "ALL")
    purchase = Purchase("EUR", [OfferedLine(BilledLine(), 1999)])

    best = best_offer(customer=customer, codes=["FIFTY", "ALL"], purchase=purchase, at=STARTED_AT)

    assert best is not None
    assert (best.code, best.takes_minor) == ("FIFTY", 1999)


def test_without_a_code_that_helps_there_is_no_best_offer():
    customer = make_customer()
    code = make_promotion_code(make_percent_coupon(brand=customer.brand)).code
    redeem_coupon(customer=customer, code=code, at=STARTED_AT)
    purchase = Purchase("EUR", [OfferedLine(BilledLine(), 1999)])

    assert best_offer(customer=customer, codes=[code], purchase=purchase, at=STARTED_AT) is None
    (offer,) = compare_offers(customer=customer, codes=[code], purchase=purchase, at=STARTED_AT)
    assert offer.refusal == "coupon_redeemed_before"
