"""Many workers at one subscription whose threshold is reached: one invoice. Each guard is taken away once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from apps.billing.due import usage_bills
from apps.billing.models import ParkedCustomer, UsageWatch
from apps.billing.services.clocks.advance_clock import advance_clock
from apps.billing.services.usage import bill_running_usage, run_usage_bills
from apps.billing.services.usage.run_usage_bills import due_watches, look_at_usage
from apps.core.due_work import Scope
from apps.customers.models import Customer
from apps.invoices.models import Invoice
from apps.invoices.services.draft import CHARGE_KEY_ONCE
from apps.plans.models import UsageThreshold
from apps.plans.services.publish_version import publish_version
from apps.subscriptions.enums import CollectionMethod
from apps.subscriptions.models import Subscription
from tests.factories.billing import subscribe_to, utc
from tests.factories.customers import make_customer, make_test_clock
from tests.factories.plans import flat_price, make_meter, make_plan, metered_price
from tests.factories.usage import make_event, send

pytestmark = pytest.mark.real_commits

WORKERS = 6
STARTED_AT = utc(2026, 2, 1)
USED_AT = utc(2026, 2, 10)


def watched(customer: Customer | None = None) -> Subscription:
    """A subscription with 200 units at EUR 1, and a threshold of EUR 200 that nobody has looked at yet."""
    meter = make_meter(code="units", aggregation="sum", value_property="value")
    prices = [flat_price("31.00", timing="in_arrears"), metered_price(meter, unit_amount="1.00")]
    plan = make_plan(prices=prices, published=False)
    version = plan.versions.get()
    UsageThreshold.objects.create(version=version, currency="EUR", amount_minor=20000)
    publish_version(version_id=version.pk, at=STARTED_AT)
    subscription = subscribe_to(
        plan,
        customer=customer,
        at=STARTED_AT,
        card=False,
        collection_method=CollectionMethod.SEND_INVOICE,
    ).subscription
    event = make_event(subscription.customer, "units", timestamp=USED_AT, properties={"value": "200"})
    answers = send(subscription.customer, event, received_at=USED_AT)
    assert [answer.errors for answer in answers] == [None]
    return subscription


def at_once(work: Callable[[], Any]) -> list[Any]:
    """The result or the error of each of so many threads, which begin together."""
    barrier = Barrier(WORKERS)

    def one(_: int) -> Any:
        try:
            barrier.wait()
            return work()
        except Exception as error:  # noqa: BLE001 - each thread's own answer
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(one, range(WORKERS)))


def look() -> None:
    look_at_usage(watch_id=UsageWatch.objects.get().pk, at=USED_AT)


def test_workers_that_look_at_once_bill_once() -> None:
    watched()

    results = at_once(look)

    assert results == [None] * WORKERS
    assert [invoice.total_minor for invoice in Invoice.objects.all()] == [20000]


def test_without_the_lock_the_charge_key_still_bills_once(monkeypatch: pytest.MonkeyPatch) -> None:
    watched()
    _unlock(monkeypatch)

    results = at_once(look)

    assert [type(error).__name__ for error in results if error] != []
    assert Invoice.objects.count() == 1


def test_without_both_guards_the_usage_is_billed_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    watched()
    _unlock(monkeypatch)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {CHARGE_KEY_ONCE}")

    at_once(look)

    assert Invoice.objects.count() > 1


def test_a_sweep_bills_what_came_since_and_is_done() -> None:
    watched()
    scope = Scope(None)

    assert due_watches(scope, USED_AT).count() == 1
    assert usage_bills.run_due(scope, USED_AT) == 1
    assert due_watches(scope, USED_AT).count() == 0
    assert Invoice.objects.count() == 1


def test_a_customer_whose_usage_cannot_be_billed_is_parked(monkeypatch: pytest.MonkeyPatch) -> None:
    watched()

    def broken(**_: Any) -> None:
        raise ValueError("no price")

    monkeypatch.setattr(run_usage_bills, "bill_running_usage", broken)
    scope = Scope(None)

    assert usage_bills.run_due(scope, USED_AT) == 1
    assert due_watches(scope, USED_AT).count() == 0
    assert ParkedCustomer.objects.get().reason == "no price"
    assert Invoice.objects.count() == 0


def test_a_clock_that_is_advanced_to_where_it_stands_bills_what_was_used() -> None:
    test_clock = make_test_clock(now_at=STARTED_AT)
    customer = make_customer(test_clock=test_clock)
    advance_clock(clock_id=test_clock.pk, to=USED_AT)
    watched(Customer.objects.get(pk=customer.pk))

    advance_clock(clock_id=test_clock.pk, to=USED_AT)
    advance_clock(clock_id=test_clock.pk, to=USED_AT + timedelta(days=1))

    assert [(row.total_minor, row.created_at) for row in Invoice.objects.all()] == [(20000, USED_AT)]


def _unlock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let workers go on without the locks of customer, subscription and watch, all at the same step."""
    barrier = Barrier(WORKERS, timeout=20)
    issue = bill_running_usage.issue_invoices

    def together(**asked: Any) -> Any:
        barrier.wait()
        return issue(**asked)

    def customer(*, customer_id: int) -> Customer:
        return Customer.objects.select_related("brand").get(pk=customer_id)

    def subscription(*, subscription_id: int) -> Subscription:
        return Subscription.objects.select_related("plan_version__plan").get(pk=subscription_id)

    monkeypatch.setattr(bill_running_usage, "issue_invoices", together)
    monkeypatch.setattr(run_usage_bills, "lock_billed_customer", customer)
    monkeypatch.setattr(run_usage_bills, "lock_subscription", subscription)
    monkeypatch.setattr(UsageWatch, "save", lambda *_, **__: None)
    monkeypatch.setattr(
        UsageWatch.objects, "select_for_update", lambda: UsageWatch.objects.all(), raising=True
    )
