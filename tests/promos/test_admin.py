from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from apps.accounts.enums import StaffRole
from apps.promos.models import Coupon, PromotionCode, Redemption
from apps.promos.services.record_uses import CouponUseInput, record_uses
from apps.promos.services.redeem import redeem_coupon
from tests.factories.billing import STARTED_AT
from tests.factories.customers import make_brand, make_customer
from tests.factories.plans import make_plan_row
from tests.factories.promos import make_fixed_coupon, make_percent_coupon, make_promotion_code
from tests.factories.staff import make_staff_client, staff_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> Client:
    return make_staff_client()


def coupon_form(**overrides: Any) -> dict[str, Any]:
    fields = {
        "brand": str(make_brand().pk),
        "code": "spring",
        "name": "Spring",
        "type": "fixed",
        "percent": "",
        "amounts": "eur 15.00\nJPY 2000",
        "minimums": "EUR 100",
        "duration": "once",
        "duration_invoices": "",
        "combinable": "on",
        "max_redemptions": "",
        "max_per_customer": "1",
    }
    return fields | overrides


def test_a_coupon_is_added_with_amounts_as_people_write_them(staff: Client):
    plan = make_plan_row()

    saved = staff.post("/admin/promos/coupon/add/", coupon_form(plans=[str(plan.pk)]))

    assert saved.status_code == 302
    coupon = Coupon.objects.get()
    assert list(coupon.amounts.values_list("currency", "amount_minor", "minimum_minor")) == [
        ("EUR", 1500, 10000),
        ("JPY", 2000, 0),
    ]
    assert (list(coupon.plans.all()), coupon.combinable, coupon.livemode) == ([plan], True, False)


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"amounts": "EUR 1.005"}, "is no amount in EUR"),
        ({"amounts": "EUR ten"}, "is no amount"),
        ({"amounts": "XXX 1"}, "is no currency"),
        ({"amounts": "EUR 1\nEUR 2"}, "stands twice"),
        ({"amounts": ""}, "An amount is above zero"),
        ({"type": "percent"}, "A percentage is above 0"),
        ({"duration": "repeating"}, "It repeats on 1 to 1000 invoices"),
        ({"code": "two words"}, "A code has 1 to 60 letters"),
    ],
)
def test_a_coupon_that_cannot_be_is_refused_on_the_page(staff: Client, overrides: dict[str, str], said: str):
    page = staff.post("/admin/promos/coupon/add/", coupon_form(**overrides))

    assert page.status_code == 200
    assert said in page.content.decode()
    assert not Coupon.objects.exists()


def test_what_a_coupon_takes_off_is_shown_and_not_changed(staff: Client):
    coupon = make_fixed_coupon(1500)
    path = f"/admin/promos/coupon/{coupon.pk}/change/"

    page = staff.get(path).content.decode()
    changed = staff.post(path, {"name": "New", "max_redemptions": "7", "code": "other", "type": "percent"})

    assert "€15.00" in page
    assert 'name="amounts"' not in page
    assert changed.status_code == 302
    coupon.refresh_from_db()
    assert (coupon.name, coupon.max_redemptions, coupon.type) == ("New", 7, "fixed")


def test_lists_say_what_is_taken_off_and_how_often(staff: Client):
    coupon = make_percent_coupon("12.5", duration="repeating", invoices=3, max_redemptions=10)
    customer = make_customer(brand=coupon.brand)
    make_promotion_code(coupon, "GO")
    redemption = redeem_coupon(customer=customer, code="GO", at=STARTED_AT)
    uses = [CouponUseInput(redemption.pk, 725)]
    record_uses(uses=uses, reference=("invoice", "inv_1"), currency="EUR", at=STARTED_AT)

    coupons = staff.get("/admin/promos/coupon/").content.decode()
    redemptions = staff.get("/admin/promos/redemption/").content.decode()
    redeemed = staff.get(f"/admin/promos/redemption/{redemption.pk}/change/").content.decode()

    for said in ("12.5 %", "3 invoices", "1 of 10", "everything"):
        assert said in coupons
    assert "2 invoices" in redemptions
    assert "€7.25" in redeemed
    assert "1 of ∞" in staff.get("/admin/promos/promotioncode/").content.decode()


def test_a_code_is_added_for_a_customer_of_the_same_brand_only(staff: Client):
    coupon = make_percent_coupon()
    mine, other = make_customer(brand=coupon.brand), make_customer()
    form = {"coupon": str(coupon.pk), "code": "GO", "customer": str(other.pk), "max_per_customer": "1"}

    refused = staff.post("/admin/promos/promotioncode/add/", form)
    added = staff.post("/admin/promos/promotioncode/add/", form | {"customer": str(mine.pk)})
    again = staff.post("/admin/promos/promotioncode/add/", form | {"customer": "", "code": "go"})

    assert "another brand or mode" in refused.content.decode()
    assert added.status_code == 302
    assert "There is such a code already" in again.content.decode()
    assert PromotionCode.objects.get().customer == mine


def test_a_code_that_a_coupon_has_already_is_told_at_its_field(staff: Client):
    coupon = make_percent_coupon()
    form = {
        "brand": str(coupon.brand_id),
        "code": coupon.code.upper(),
        "name": "Again",
        "type": "percent",
        "percent": "5",
        "duration": "once",
        "max_per_customer": "1",
    }

    page = staff.post("/admin/promos/coupon/add/", form)

    assert page.context["adminform"].form.errors == {"code": ["There is a coupon with this code already."]}


def test_actions_archive_and_end(staff: Client):
    coupon = make_percent_coupon()
    customer = make_customer(brand=coupon.brand)
    redemption = redeem_coupon(customer=customer, code=coupon.code, at=STARTED_AT)

    archive = {"action": "archive", "_selected_action": [coupon.pk]}
    end = {"action": "end", "_selected_action": [redemption.pk]}
    assert staff.post("/admin/promos/coupon/", archive).status_code == 302
    assert staff.post("/admin/promos/redemption/", end).status_code == 302

    coupon.refresh_from_db()
    redemption.refresh_from_db()
    assert coupon.archived_at is not None
    assert redemption.end_reason == "ended"


def test_only_what_nobody_has_redeemed_can_be_deleted(staff: Client):
    used, unused = make_percent_coupon(), make_percent_coupon()
    redeem_coupon(customer=make_customer(brand=used.brand), code=used.code, at=STARTED_AT)

    refused = staff.post(f"/admin/promos/coupon/{used.pk}/delete/", {"post": "yes"})
    deleted = staff.post(f"/admin/promos/coupon/{unused.pk}/delete/", {"post": "yes"})

    assert (refused.status_code, deleted.status_code) == (403, 302)
    assert list(Coupon.objects.all()) == [used]


def test_finance_makes_coupons_and_support_only_looks():
    coupon = make_percent_coupon()
    redemption = redeem_coupon(customer=make_customer(brand=coupon.brand), code=coupon.code, at=STARTED_AT)
    finance, support = staff_client(StaffRole.FINANCE), staff_client(StaffRole.SUPPORT)

    assert finance.post("/admin/promos/coupon/add/", coupon_form()).status_code == 302
    assert support.get("/admin/promos/coupon/").status_code == 200
    assert support.post("/admin/promos/coupon/add/", coupon_form(code="b")).status_code == 403
    support.post("/admin/promos/redemption/", {"action": "end", "_selected_action": [redemption.pk]})
    assert not Redemption.objects.filter(ended_at__isnull=False).exists()
