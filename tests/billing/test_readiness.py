from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from apps.billing.models import ParkedCustomer
from apps.billing.readiness import check_due_work
from apps.invoices.services.recognize_revenue import recognize_revenue
from tests.factories.billing import REAL_TIME, subscribe_to, utc
from tests.factories.customers import make_customer, make_test_clock

pytestmark = pytest.mark.django_db

DUE_AT = utc(2026, 2, 28)


def subscribe_without_revenue_to_book() -> None:
    """Its first period is earned by the day on which it renews."""
    subscribe_to(collection_method="send_invoice")
    while recognize_revenue(scope=REAL_TIME, at=DUE_AT):
        pass


def metrics() -> str:
    return Client().get("/metrics").content.decode()


def test_due_work_is_well_until_a_renewal_waits_ten_minutes() -> None:
    subscribe_without_revenue_to_book()

    with time_machine.travel(DUE_AT + timedelta(minutes=10), tick=False):
        assert check_due_work().ok
    with time_machine.travel(DUE_AT + timedelta(minutes=11), tick=False):
        late = check_due_work()

    assert (late.ok, late.blocking) == (False, False)


def test_age_of_due_work_is_shown_by_kind() -> None:
    subscribe_without_revenue_to_book()

    with time_machine.travel(DUE_AT + timedelta(minutes=11), tick=False):
        text, check = metrics(), check_due_work()

    assert 'monetize_due_work_age_seconds{work="renewals"} 660.0' in text
    assert 'monetize_due_work_age_seconds{work="collections"} 0.0' in text
    assert (check.ok, check.detail) == (False, "660 s overdue")


def test_customers_on_a_test_clock_are_never_overdue() -> None:
    test_clock = make_test_clock(now_at=utc(2026, 1, 1))
    subscribe_to(customer=make_customer(test_clock=test_clock))

    with time_machine.travel(DUE_AT + timedelta(days=90), tick=False):
        assert check_due_work().ok


def test_parked_customers_and_waiting_money_are_shown() -> None:
    ParkedCustomer.objects.create(
        customer=make_customer(), reason_code="x", reason="x", due_at=DUE_AT, parked_at=DUE_AT
    )

    text = metrics()

    assert "monetize_customers_parked 1.0" in text
    assert "monetize_payments_unknown 0.0" in text
    assert "monetize_inbox_waiting 0.0" in text
