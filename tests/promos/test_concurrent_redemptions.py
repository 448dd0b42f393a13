"""Fifty customers ask at once for a code with ten uses: ten get it. Each guard is taken away once."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import IntegrityError, connection

from apps.customers.models import Customer
from apps.promos.errors import CouponExhausted, CouponRedeemedBefore
from apps.promos.models import Coupon, PromotionCode, Redemption
from apps.promos.services import redeem
from apps.promos.services.redeem import redeem_coupon
from tests.factories.billing import STARTED_AT
from tests.factories.customers import make_brand, make_customer
from tests.factories.promos import make_percent_coupon, make_promotion_code

THREADS = 50
USES = 10
# Each is a code of its own; every night: REDEMPTION_ROUNDS=100.
ROUNDS = int(os.environ.get("REDEMPTION_ROUNDS", "20"))
DROP_CAP = "ALTER TABLE promos_{} DROP CONSTRAINT promos_{}_within_cap"

pytestmark = pytest.mark.real_commits


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(THREADS) as threads:
        yield threads
        barrier = Barrier(THREADS)

        def leave() -> None:
            connection.close()
            barrier.wait(timeout=30)

        # One task for each thread: all wait until every thread has closed its connection.
        for future in [threads.submit(leave) for _ in range(THREADS)]:
            future.result()


@pytest.fixture
def customers() -> list[Customer]:
    brand = make_brand()
    return [make_customer(brand=brand) for _ in range(THREADS)]


def all_at_once(pool: ThreadPoolExecutor, customers: list[Customer], code: str) -> Counter[str]:
    """What each of fifty threads got, which ask in the same moment; an unexpected error is raised here."""
    barrier = Barrier(THREADS)

    def ask(customer: Customer) -> str:
        barrier.wait(timeout=30)
        try:
            redeem_coupon(customer=customer, code=code, at=STARTED_AT)
        except (CouponExhausted, CouponRedeemedBefore, IntegrityError) as error:
            return type(error).__name__
        return "redeemed"

    return Counter(pool.map(ask, customers))


def claim_by_reading(row: Coupon | PromotionCode) -> None:
    """The guard removed: what is left is read, and spent by another statement; no cap, no lock."""
    known = type(row)._default_manager.get(pk=row.pk)
    if known.max_redemptions is None:
        return
    if known.redeemed_count >= known.max_redemptions:
        raise CouponExhausted
    type(row)._default_manager.filter(pk=row.pk).update(redeemed_count=known.redeemed_count + 1)


def drop_caps() -> None:
    with connection.cursor() as cursor:
        for table in ("coupon", "promotioncode"):
            cursor.execute(DROP_CAP.format(table, table))


def cap_of_code(customers: list[Customer]) -> tuple[str, PromotionCode]:
    coupon = make_percent_coupon(brand=customers[0].brand)
    code = make_promotion_code(coupon, max_redemptions=USES)
    return code.code, code


def cap_of_coupon(customers: list[Customer]) -> tuple[str, Coupon]:
    coupon = make_percent_coupon(brand=customers[0].brand, max_redemptions=USES)
    return make_promotion_code(coupon).code, coupon


Capped = Callable[[list[Customer]], tuple[str, Coupon | PromotionCode]]


@pytest.mark.slow
@pytest.mark.parametrize("capped", [cap_of_code, cap_of_coupon])
def test_fifty_at_once_redeem_a_code_of_ten_uses_ten_times(
    pool: ThreadPoolExecutor, customers: list[Customer], capped: Capped
) -> None:
    for _ in range(ROUNDS):
        code, row = capped(customers)
        before = Redemption.objects.count()

        said = all_at_once(pool, customers, code)

        row.refresh_from_db()
        assert said == {"redeemed": USES, "CouponExhausted": THREADS - USES}
        assert (row.redeemed_count, Redemption.objects.count() - before) == (USES, USES)


@pytest.mark.parametrize("capped", [cap_of_code, cap_of_coupon])
def test_without_the_conditional_update_and_the_caps_more_than_ten_get_it(
    pool: ThreadPoolExecutor, customers: list[Customer], capped: Capped, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redeem, "claim_redemption", claim_by_reading)
    drop_caps()
    code, _ = capped(customers)

    said = all_at_once(pool, customers, code)

    assert said["redeemed"] > USES


def test_a_customer_at_fifty_places_redeems_a_code_once(
    pool: ThreadPoolExecutor, customers: list[Customer]
) -> None:
    code = make_promotion_code(make_percent_coupon(brand=customers[0].brand))

    said = all_at_once(pool, customers[:1] * THREADS, code.code)

    assert said == {"redeemed": 1, "CouponRedeemedBefore": THREADS - 1}
    assert Redemption.objects.count() == 1


def test_without_the_lock_only_the_slot_stops_a_customer_at_fifty_places(
    pool: ThreadPoolExecutor, customers: list[Customer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the lock of the customer the unique slot refuses; without both it is redeemed again."""
    monkeypatch.setattr(redeem, "hold_customer", lambda customer_id: None)
    monkeypatch.setattr(redeem, "claim_redemption", lambda row: None)
    code = make_promotion_code(make_percent_coupon(brand=customers[0].brand)).code

    said = all_at_once(pool, customers[:1] * THREADS, code)

    assert said["redeemed"] == Redemption.objects.count() == 1
    assert said["IntegrityError"] > 0

    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE promos_redemption DROP CONSTRAINT promos_redemption_slot")
        cursor.execute("ALTER TABLE promos_redemption DROP CONSTRAINT promos_redemption_code_slot")
    code = make_promotion_code(make_percent_coupon(brand=customers[0].brand)).code

    assert all_at_once(pool, customers[:1] * THREADS, code)["redeemed"] > 1
