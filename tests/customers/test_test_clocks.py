"""create_test_clock, attach_customer, release_clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from apps.audit.models import Event
from apps.audit.services.record import record_event
from apps.customers.enums import TestClockStatus
from apps.customers.errors import TestClockRefused
from apps.customers.models import TestClock
from apps.customers.selectors import now_for
from apps.customers.services.attach_customer import attach_customer
from apps.customers.services.create_test_clock import create_test_clock
from apps.customers.services.release_clock import release_clock
from tests.factories.customers import make_brand, make_customer, make_test_clock

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def test_clock_stands_where_it_was_set_and_live_mode_has_none() -> None:
    brand = make_brand()

    test_clock = create_test_clock(brand=brand, livemode=False, now_at=AT, at=AT)

    assert (test_clock.status, test_clock.now_at) == ("ready", AT)
    assert now_for(make_customer(test_clock=test_clock)) == AT
    with pytest.raises(TestClockRefused):
        create_test_clock(brand=brand, livemode=True, now_at=AT, at=AT)


def test_customer_without_history_is_attached_once() -> None:
    test_clock = make_test_clock()
    customer = make_customer(brand=test_clock.brand)

    for _ in range(2):
        attach_customer(customer_id=customer.pk, test_clock_id=test_clock.pk, at=AT)

    customer.refresh_from_db()
    assert customer.test_clock == test_clock
    assert Event.objects.filter(name="customer.updated").count() == 1


def test_customer_with_history_or_another_clock_or_brand_is_not_attached() -> None:
    test_clock = make_test_clock()
    billed = make_customer(brand=test_clock.brand)
    record_event(name="invoice.created", subject=billed, at=AT)
    placed = make_customer(brand=test_clock.brand, test_clock=make_test_clock(brand=test_clock.brand))
    stranger = make_customer()
    live = make_customer(brand=test_clock.brand, livemode=True)

    for customer in (billed, placed, stranger, live):
        before = customer.test_clock_id
        with pytest.raises(TestClockRefused):
            attach_customer(customer_id=customer.pk, test_clock_id=test_clock.pk, at=AT)
        customer.refresh_from_db()
        assert customer.test_clock_id == before


def test_release_at_the_present_lets_customers_live_in_real_time() -> None:
    test_clock = make_test_clock(now_at=AT - timedelta(minutes=9))
    customer = make_customer(test_clock=test_clock)

    released = release_clock(test_clock_id=test_clock.pk, at=AT)

    assert (released.status, released.released_at) == ("released", AT)
    customer.refresh_from_db()
    assert customer.test_clock is None
    assert Event.objects.get(name="test_clock.released").data == {"customers": 1}


@pytest.mark.parametrize("distance", [timedelta(minutes=-11), timedelta(minutes=11)])
def test_release_away_from_the_present_is_refused(distance: timedelta) -> None:
    test_clock = make_test_clock(now_at=AT + distance)
    customer = make_customer(test_clock=test_clock)

    with pytest.raises(TestClockRefused):
        release_clock(test_clock_id=test_clock.pk, at=AT)

    customer.refresh_from_db()
    assert customer.test_clock == test_clock


@pytest.mark.parametrize(
    "status", [TestClockStatus.ADVANCING, TestClockStatus.FAILED, TestClockStatus.RELEASED]
)
def test_release_of_a_clock_that_is_not_ready_is_refused(status: str) -> None:
    test_clock = make_test_clock(now_at=AT, status=status)

    with pytest.raises(TestClockRefused):
        release_clock(test_clock_id=test_clock.pk, at=AT)

    assert TestClock.objects.get().status == status
