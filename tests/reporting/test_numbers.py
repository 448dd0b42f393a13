from __future__ import annotations

from datetime import date

import pytest

from apps.billing.services.collection.collect_due import collect_due
from apps.billing.services.run.bill_customer import bill_customer
from apps.billing.services.subscriptions.cancel import cancel_now
from apps.customers.models import Customer
from apps.invoices.models import Invoice, InvoiceLine
from apps.payments.enums import PaymentStatus
from apps.reporting.selectors.invoices import (
    PlanRevenue,
    Receivables,
    open_invoices,
    overdue_invoices,
    receivables,
    revenue_by_plan,
    revenue_rows,
)
from apps.reporting.selectors.payments import (
    FailureMonth,
    collected_by_month,
    collected_rows,
    failed_payments,
    failure_rows,
    failures_by_month,
)
from apps.reporting.selectors.subscribers import Group, SubscriberCounts, subscriber_counts, subscriber_rows
from apps.reporting.window import Window, last_months
from tests.factories.billing import STARTED_AT, make_card, subscribe_to, utc
from tests.factories.customers import make_brand, make_customer
from tests.factories.payments import case_of, make_unpaid_invoice, save_card
from tests.factories.plans import flat_price, make_free_plan, make_plan
from tests.fixtures.gateway import GatewaySandbox

pytestmark = pytest.mark.django_db

AT = utc(2026, 3, 15)


def window_of(customer: Customer, months: int = 3) -> Window:
    return last_months(months, brand_id=customer.brand_id, livemode=False, currency="EUR", at=AT)


def test_window_has_whole_months_of_its_zone_and_the_running_one() -> None:
    window = last_months(
        3, brand_id=1, livemode=False, currency="EUR", at=utc(2026, 3, 31, 23), zone="Europe/Berlin"
    )

    assert window.months == [date(2026, 2, 1), date(2026, 3, 1), date(2026, 4, 1)]
    assert (window.starts_at, window.ends_at) == (utc(2026, 1, 31, 23), utc(2026, 4, 30, 22))
    march = window.within(date(2026, 3, 1))
    assert (march.starts_at, march.ends_at) == (utc(2026, 2, 28, 23), utc(2026, 3, 31, 22))


def test_subscriber_counts_tell_paid_free_and_trying_apart(django_assert_num_queries) -> None:
    brand = make_brand()

    def another() -> Customer:
        return make_customer(brand=brand)

    paid = subscribe_to(customer=another()).subscription
    ended = subscribe_to(customer=another()).subscription
    ended_before = subscribe_to(customer=another()).subscription
    free = subscribe_to(make_free_plan(), customer=another(), card=False).subscription
    trial = subscribe_to(make_plan(version={"trial_days": 60}), customer=another()).subscription
    tried = subscribe_to(make_plan(version={"trial_days": 60}), customer=another()).subscription
    cancel_now(subscription_id=ended.pk, reason="unused", comment="", at=utc(2026, 3, 1))
    cancel_now(subscription_id=ended_before.pk, reason="unused", comment="", at=utc(2026, 2, 28, 23, 59))
    cancel_now(subscription_id=tried.pk, reason="unused", comment="", at=utc(2026, 3, 2))
    window = window_of(paid.customer)

    with django_assert_num_queries(1):
        counts = subscriber_counts(window, AT)

    assert counts == SubscriberCounts(active=1, trialing=1, free=1, churned=1)
    rows = {group: list(subscriber_rows(window, AT, group)) for group in Group}
    assert rows == {
        Group.ACTIVE: [paid],
        Group.TRIALING: [trial],
        Group.FREE: [free],
        Group.CHURNED: [ended],
    }


def test_receivables_count_what_is_open_and_what_is_overdue(django_assert_num_queries) -> None:
    brand = make_brand(net_terms_days=14)
    subscription = subscribe_to(customer=make_customer(brand=brand)).subscription
    bill_customer(customer_id=subscription.customer_id, at=utc(2026, 2, 28))
    january, february = Invoice.objects.order_by("pk")
    window = window_of(subscription.customer)
    due_at = february.due_at
    assert due_at == utc(2026, 3, 14)

    with django_assert_num_queries(1):
        at_the_instant = receivables(window, due_at)

    assert at_the_instant == Receivables(5800, 2, 2900, 1)
    assert receivables(window, AT) == Receivables(5800, 2, 5800, 2)
    assert list(open_invoices(window)) == [january, february]
    assert list(overdue_invoices(window, due_at)) == [january]


def test_receivables_of_nothing_are_zero() -> None:
    assert receivables(window_of(make_customer()), AT) == Receivables(0, 0, 0, 0)


def test_revenue_by_plan_is_by_the_month_of_finalisation(django_assert_num_queries) -> None:
    brand = make_brand()
    small = make_plan(name="Small")
    big = make_plan(name="Big", prices=[flat_price("99.00")])
    first = subscribe_to(small, customer=make_customer(brand=brand)).subscription
    subscribe_to(big, customer=make_customer(brand=brand), at=utc(2026, 2, 3))
    bill_customer(customer_id=first.customer_id, at=utc(2026, 2, 28))
    window = window_of(first.customer)

    with django_assert_num_queries(1):
        revenue = revenue_by_plan(window)

    assert revenue == sorted(
        [
            PlanRevenue(date(2026, 1, 1), small.code, "Small", 2900),
            PlanRevenue(date(2026, 2, 1), small.code, "Small", 2900),
            PlanRevenue(date(2026, 2, 1), big.code, "Big", 9900),
        ],
        key=lambda row: (row.month, row.plan),
    )
    february = window.within(date(2026, 2, 1))
    assert {line.amount_minor for line in revenue_rows(february)} == {2900, 9900}
    assert [line.amount_minor for line in revenue_rows(february, big.code)] == [9900]
    assert revenue_rows(window).count() == InvoiceLine.objects.count() == 3


def test_collected_and_failed_by_month(gateway: GatewaySandbox, django_assert_num_queries) -> None:
    invoice = make_unpaid_invoice(gateway, behaviour="insufficient_funds")
    collect_due(case_id=case_of(invoice).pk, at=STARTED_AT)
    window = window_of(invoice.customer)

    assert failures_by_month(window)[0] == FailureMonth(date(2026, 1, 1), failed_count=1, failed_minor=2900)

    save_card(gateway, invoice.customer, at=utc(2026, 2, 1))
    collect_due(case_id=case_of(invoice).pk, at=utc(2026, 2, 3, 9, 30))

    with django_assert_num_queries(2):
        failures, collected = failures_by_month(window), collected_by_month(window)
    assert failures == [
        FailureMonth(date(2026, 1, 1), 1, 2900, 1, 2900, 0),
        FailureMonth(date(2026, 2, 1)),
        FailureMonth(date(2026, 3, 1)),
    ]
    assert collected == [(date(2026, 1, 1), 0), (date(2026, 2, 1), 2900), (date(2026, 3, 1), 0)]
    assert [row.status for row in collected_rows(window)] == [PaymentStatus.SUCCEEDED]
    assert [row.amount_minor for row in failed_payments(window)] == [2900]
    assert list(failure_rows(window)) == [case_of(invoice)]


def test_rows_cost_the_same_however_many_there_are(django_assert_num_queries) -> None:
    brand = make_brand()
    for _ in range(3):
        subscribe_to(customer=make_customer(brand=brand))
    make_card(make_customer())
    window = last_months(3, brand_id=brand.pk, livemode=False, currency="EUR", at=AT)

    with django_assert_num_queries(3):
        names = {invoice.customer.name for invoice in open_invoices(window)}
        names |= {row.customer.name for row in subscriber_rows(window, AT, Group.ACTIVE)}
        names |= {line.invoice.customer.name for line in revenue_rows(window)}

    assert names == {"Ada Lovelace"}
