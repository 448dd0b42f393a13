from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from apps.billing.due import renewals
from apps.billing.models import BillingRun, ParkedCustomer
from apps.billing.services.run.retry_parked import retry_parked
from apps.billing.services.run.run_billing import RunCounts, run_billing
from apps.core.due_work import Scope
from apps.invoices.models import Invoice, InvoiceLine
from apps.subscriptions.models import Subscription
from tests.factories.billing import REAL_TIME, STARTED_AT, make_card, subscribe_to, utc
from tests.factories.customers import make_brand, make_customer, make_test_clock
from tests.factories.plans import make_plan

DUE_AT = utc(2026, 2, 28)


def numbers_of(brand_id: int) -> list[int]:
    numbers = Invoice.objects.filter(brand_id=brand_id, number__isnull=False).values_list("number", flat=True)
    return sorted(int(number.rsplit("-", 1)[1]) for number in numbers if number)


@pytest.mark.django_db
def test_run_bills_everyone_who_is_due_and_nobody_else() -> None:
    subscribe_to()
    subscribe_to(at=utc(2026, 2, 10))

    counts = run_billing(scope=REAL_TIME, at=DUE_AT)

    assert counts == RunCounts(customers_billed=1, invoices_finalized=1)
    assert run_billing(scope=REAL_TIME, at=DUE_AT) == RunCounts()


@pytest.mark.django_db
def test_run_keeps_to_its_scope() -> None:
    test_clock = make_test_clock(now_at=STARTED_AT)
    subscribe_to(customer=make_customer(test_clock=test_clock))

    real = run_billing(scope=REAL_TIME, at=DUE_AT)
    clocked = run_billing(scope=Scope(test_clock.pk), at=DUE_AT)

    assert (real.customers_billed, clocked.customers_billed) == (0, 1)


@pytest.mark.django_db
def test_run_says_when_it_is_next_due_and_records_what_it_did() -> None:
    subscribe_to()

    assert renewals.next_due(REAL_TIME) == DUE_AT
    assert renewals.run_due(REAL_TIME, DUE_AT) == 1
    assert renewals.run_due(REAL_TIME, DUE_AT) == 0

    run = BillingRun.objects.get()
    assert (run.customers_billed, run.invoices_finalized, run.customers_parked) == (1, 1, 0)
    assert renewals.next_due(REAL_TIME) == utc(2026, 3, 31)


def refuse_invoices_of(customer_id: int) -> None:
    """Make the database refuse invoices of one customer, as a fault nobody foresaw would."""
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE invoices_invoice ADD CONSTRAINT broken CHECK (customer_id <> %s) NOT VALID",
            [customer_id],
        )


@pytest.mark.real_commits
def test_run_parks_whose_billing_fails_and_goes_on() -> None:
    broken = subscribe_to().subscription
    fine = subscribe_to().subscription
    refuse_invoices_of(broken.customer_id)

    counts = run_billing(scope=REAL_TIME, at=DUE_AT)

    assert counts == RunCounts(customers_billed=1, invoices_finalized=1, customers_parked=1)
    parked = ParkedCustomer.objects.get()
    assert (parked.customer_id, parked.reason_code, parked.due_at) == (
        broken.customer_id,
        "IntegrityError",
        DUE_AT,
    )
    broken.refresh_from_db()
    fine.refresh_from_db()
    assert broken.next_bill_at == DUE_AT
    assert fine.next_bill_at == utc(2026, 3, 31)
    assert run_billing(scope=REAL_TIME, at=DUE_AT) == RunCounts()


@pytest.mark.real_commits
def test_parked_customer_is_billed_after_a_retry() -> None:
    broken = subscribe_to().subscription
    refuse_invoices_of(broken.customer_id)
    run_billing(scope=REAL_TIME, at=DUE_AT)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE invoices_invoice DROP CONSTRAINT broken")

    retry_parked(parked_id=ParkedCustomer.objects.get().pk, at=utc(2026, 3, 1))
    counts = run_billing(scope=REAL_TIME, at=utc(2026, 3, 1))

    assert counts == RunCounts(customers_billed=1, invoices_finalized=1)


def subscribe_many(count: int) -> list[Subscription]:
    brand, plan = make_brand(), make_plan()
    return [subscribe_to(plan, customer=make_customer(brand=brand)).subscription for _ in range(count)]


def run_in_thread(_: int) -> RunCounts:
    try:
        return run_billing(scope=REAL_TIME, at=DUE_AT)
    finally:
        connection.close()


@pytest.mark.real_commits
def test_runs_side_by_side_bill_each_customer_once_without_number_gaps() -> None:
    subscriptions = subscribe_many(24)

    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(run_in_thread, range(8)))

    assert sum(count.customers_billed for count in counts) == 24
    assert sum(count.customers_parked for count in counts) == 0
    for subscription in subscriptions:
        lines = InvoiceLine.objects.filter(subscription=subscription, period_starts_at=DUE_AT)
        assert lines.count() == 1
    assert numbers_of(subscriptions[0].brand_id) == list(range(1, 49))


@pytest.mark.real_commits
def test_charge_key_refuses_a_second_line_for_a_period() -> None:
    (subscription,) = subscribe_many(1)
    run_billing(scope=REAL_TIME, at=DUE_AT)
    rewind(subscription)

    counts = run_billing(scope=REAL_TIME, at=DUE_AT)

    assert counts.customers_parked == 1
    assert InvoiceLine.objects.filter(period_starts_at=DUE_AT).count() == 1


@pytest.mark.real_commits
def test_without_the_charge_key_the_same_period_is_billed_twice() -> None:
    (subscription,) = subscribe_many(1)
    run_billing(scope=REAL_TIME, at=DUE_AT)
    rewind(subscription)
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX invoices_line_charge_key_once")

    counts = run_billing(scope=REAL_TIME, at=DUE_AT)

    assert counts.customers_parked == 0
    assert InvoiceLine.objects.filter(period_starts_at=DUE_AT).count() == 2


def rewind(subscription: Subscription) -> None:
    """Forget that the second period was billed, as a restored backup or a stray script might."""
    subscription.periods.filter(starts_at=DUE_AT).delete()
    subscription.periods.update(closed_at=None)
    Subscription.objects.filter(pk=subscription.pk).update(next_bill_at=DUE_AT)


@pytest.mark.django_db
def test_billing_a_renewal_takes_a_bounded_number_of_queries(django_assert_max_num_queries) -> None:
    subscription = subscribe_to().subscription
    make_card(make_customer())

    # One of them asks for the plan version's commitment, once for all its subscribers.
    with django_assert_max_num_queries(29):
        run_billing(scope=REAL_TIME, at=DUE_AT, limit=1)

    subscription.refresh_from_db()
    assert subscription.next_bill_at == utc(2026, 3, 31)
