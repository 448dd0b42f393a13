from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from apps.audit.models import Event
from apps.core.errors import InvalidInput
from apps.promos.errors import CouponCodeTaken, CouponInUse, CouponInvalid, CouponNotOpen
from apps.promos.models import Coupon, PromotionCode
from apps.promos.services.delete_coupon import delete_coupon
from apps.promos.services.delete_promotion_code import delete_promotion_code
from apps.promos.services.redeem import redeem_coupon
from apps.promos.services.update_coupon import update_coupon
from apps.promos.services.update_promotion_code import update_promotion_code
from apps.promos.validation import CurrencyTerms
from tests.factories.billing import STARTED_AT
from tests.factories.customers import make_brand, make_customer
from tests.factories.promos import make_fixed_coupon, make_percent_coupon, make_promotion_code

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("terms", "fields"),
    [
        ({"percent": Decimal(0)}, ["percent"]),
        ({"percent": Decimal("100.0001")}, ["percent"]),
        ({"percent": Decimal("NaN")}, ["percent"]),
        ({"percent": Decimal("0.00001")}, ["percent"]),
        ({"code": "has space"}, ["code"]),
        ({"duration": "repeating"}, ["duration_invoices"]),
        ({"invoices": 3}, ["duration_invoices"]),
        ({"currencies": [CurrencyTerms("EUR", 5)]}, ["amounts[0].amount_minor"]),
        ({"currencies": [CurrencyTerms("XXX")]}, ["amounts[0].currency"]),
        ({"currencies": [CurrencyTerms("EUR"), CurrencyTerms("EUR")]}, ["amounts"]),
        ({"currencies": [CurrencyTerms("EUR", minimum_minor=-1)]}, ["amounts[0].minimum_minor"]),
        ({"type": "fixed"}, ["percent", "amounts"]),
        ({"type": "fixed", "currencies": [CurrencyTerms("EUR", 5)]}, ["percent"]),
        ({"max_redemptions": 0, "max_per_customer": 0}, ["max_redemptions", "max_per_customer"]),
        ({"starts_at": STARTED_AT, "ends_at": STARTED_AT}, ["ends_at"]),
    ],
)
def test_terms_that_cannot_be_are_refused_at_their_field(terms: dict[str, Any], fields: list[str]):
    with pytest.raises(CouponInvalid) as refused:
        make_percent_coupon(**terms)

    assert [fault.field for fault in refused.value.field_errors()] == fields
    assert not Coupon.objects.exists()


def test_codes_are_taken_in_any_case_within_a_brand_and_mode():
    brand = make_brand()
    coupon = make_percent_coupon(brand=brand, code="Spring")
    make_promotion_code(coupon, "GO-1")

    with pytest.raises(CouponCodeTaken):
        make_percent_coupon(brand=brand, code="SPRING")
    with pytest.raises(CouponCodeTaken):
        make_promotion_code(coupon, "go-1")

    make_promotion_code(make_percent_coupon(code="spring"), "go-1")
    assert (Coupon.objects.count(), PromotionCode.objects.count()) == (2, 2)


def test_what_a_coupon_takes_off_never_changes():
    coupon = make_percent_coupon()

    for name in ("percent", "code", "duration", "combinable", "redeemed_count"):
        with pytest.raises(InvalidInput):
            update_coupon(coupon_id=coupon.pk, changes={name: 1}, at=STARTED_AT)


def test_limits_and_the_archive_change_and_say_so():
    coupon = make_percent_coupon()
    ends_at = STARTED_AT + timedelta(days=30)

    changes = {"max_redemptions": 5, "ends_at": ends_at, "archived": True}
    changed = update_coupon(coupon_id=coupon.pk, changes=changes, at=STARTED_AT)
    same = update_coupon(coupon_id=coupon.pk, changes=changes, at=ends_at)

    assert (changed.max_redemptions, changed.ends_at, same.archived_at) == (5, ends_at, STARTED_AT)
    (event,) = Event.objects.filter(name="coupon.updated")
    assert event.data["changed"] == ["archived_at", "ends_at", "max_redemptions"]
    assert update_coupon(coupon_id=coupon.pk, changes={"archived": False}, at=ends_at).archived_at is None


def test_a_cap_is_not_set_below_what_is_redeemed():
    customer = make_customer()
    coupon = make_percent_coupon(brand=customer.brand, max_per_customer=None)
    code = make_promotion_code(coupon, max_per_customer=None)
    for _ in range(2):
        redeem_coupon(customer=customer, code=code.code, at=STARTED_AT)

    with pytest.raises(CouponInvalid):
        update_coupon(coupon_id=coupon.pk, changes={"max_redemptions": 1}, at=STARTED_AT)
    with pytest.raises(CouponInvalid):
        update_promotion_code(code_id=code.pk, changes={"max_redemptions": 1}, at=STARTED_AT)
    with pytest.raises(IntegrityError, match="within_cap"), transaction.atomic():
        Coupon.objects.filter(pk=coupon.pk).update(max_redemptions=1)

    update_coupon(coupon_id=coupon.pk, changes={"max_redemptions": 2}, at=STARTED_AT)
    coupon.refresh_from_db()
    assert coupon.max_redemptions == 2


def test_a_code_is_of_an_open_coupon_and_of_a_customer_of_its_brand():
    coupon = make_percent_coupon()

    with pytest.raises(CouponInvalid) as refused:
        make_promotion_code(coupon, customer=make_customer())
    assert [fault.field for fault in refused.value.field_errors()] == ["customer"]

    archived = update_coupon(coupon_id=coupon.pk, changes={"archived": True}, at=STARTED_AT)
    with pytest.raises(CouponNotOpen):
        make_promotion_code(archived)


def test_only_what_nobody_has_used_is_deleted():
    customer = make_customer()
    used, unused = make_percent_coupon(brand=customer.brand), make_fixed_coupon(brand=customer.brand)
    code, spare = make_promotion_code(used), make_promotion_code(unused)
    redeem_coupon(customer=customer, code=code.code, at=STARTED_AT)

    for refused in (used, unused):
        with pytest.raises(CouponInUse):
            delete_coupon(coupon_id=refused.pk, at=STARTED_AT)
    with pytest.raises(CouponInUse):
        delete_promotion_code(code_id=code.pk, at=STARTED_AT)
    delete_promotion_code(code_id=spare.pk, at=STARTED_AT)
    delete_coupon(coupon_id=unused.pk, at=STARTED_AT)

    assert list(Coupon.objects.all()) == [used]
    assert Event.objects.get(name="coupon.deleted").data == {"code": unused.code}
