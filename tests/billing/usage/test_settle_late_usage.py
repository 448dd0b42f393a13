from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from threading import Barrier, Event, Thread
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection, transaction

from apps.billing import due
from apps.billing.services.clocks.advance_clock import advance_clock
from apps.billing.services.subscriptions.cancel import cancel_now
from apps.billing.services.usage.find_late_usage import find_late_usage
from apps.billing.services.usage.settle_late_usage import settle_late_usage
from apps.core.due_work import Scope
from apps.customers.models import Customer
from apps.invoices.errors import AlreadyCharged
from apps.invoices.models import CreditNote, Invoice, InvoiceLine
from apps.plans.enums import LateUsage
from apps.subscriptions.enums import CollectionMethod
from apps.subscriptions.models import Subscription, SubscriptionPeriod
from apps.usage.selectors import current_watermark
from tests.billing.collection.test_collect_concurrently import at_once
from tests.billing.usage.late import FEB, JAN, MARCH, bill, report, short, subscribed, usage_lines, void
from tests.factories.billing import subscribe_to, utc
from tests.factories.customers import make_customer, make_test_clock
from tests.factories.plans import flat_price, make_meter, make_plan, metered_price
from tests.factories.usage import make_event, send

FOUND_AT = utc(2026, 2, 10)


def settle(subscription: Subscription, at: datetime = FOUND_AT) -> Any:
    return settle_late_usage(subscription_id=subscription.pk, at=at)


@pytest.mark.django_db
def test_a_correcting_meter_issues_a_supplement_at_once() -> None:
    subscription = subscribed(late_usage=LateUsage.CORRECTION)
    bill(subscription, FEB)
    report(subscription, utc(2026, 1, 6))

    settled = settle(subscription)

    (invoice,) = settled.invoices
    assert (invoice.total_minor, invoice.finalized_at, settled.credit_notes) == (200, FOUND_AT, [])
    assert short(usage_lines(invoice)) == [("Jan", 1, 200)]
    assert bill(subscription, MARCH) == []


@pytest.mark.django_db
def test_a_correcting_meter_credits_the_invoice_that_billed_too_much() -> None:
    subscription = subscribed(late_usage=LateUsage.CORRECTION)
    report(subscription, utc(2026, 1, 5))
    event = make_event(subscription.customer, "call", timestamp=utc(2026, 1, 6))
    send(subscription.customer, event)
    (billed,) = bill(subscription, FEB)
    void(subscription, event.id)

    settled = settle(subscription)

    (note,) = settled.credit_notes
    assert (note.invoice_id, note.total_minor, note.reason) == (billed.invoice_id, 200, "usage_correction")
    (line,) = note.lines.all()
    assert (line.invoice_line_id, line.quantity, line.period_ends_at) == (billed.pk, -1, FEB)
    assert settled.invoices == []
    assert settle(subscription).credit_notes == []


@pytest.mark.django_db
def test_usage_of_a_running_subscription_waits_for_its_next_invoice() -> None:
    subscription = subscribed()
    bill(subscription, FEB)
    report(subscription, utc(2026, 1, 6))

    assert settle(subscription).invoices == []
    assert short(bill(subscription, MARCH)) == [("Jan", 1, 200)]


@pytest.mark.django_db
def test_one_meter_of_a_period_is_settled_and_the_other_waits() -> None:
    calls, seats = make_meter(code="call"), make_meter(code="scan", late_usage=LateUsage.CORRECTION)
    prices = [
        flat_price("10.00"),
        metered_price(calls, unit_amount="2"),
        metered_price(seats, unit_amount="3"),
    ]
    subscription = subscribe_to(make_plan(prices=prices), at=JAN).subscription
    bill(subscription, FEB)
    report(subscription, utc(2026, 1, 6))
    send(subscription.customer, make_event(subscription.customer, "scan", timestamp=utc(2026, 1, 7)))

    (invoice,) = settle(subscription).invoices

    assert invoice.total_minor == 300
    assert short(bill(subscription, MARCH)) == [("Jan", 1, 200)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("found_at", "billed"),
    [(utc(2026, 2, 20), 200), (utc(2026, 4, 1), 200), (utc(2026, 5, 1), 200), (utc(2026, 5, 2), 0)],
)
def test_after_the_end_periods_are_counted_on_for_the_limit(found_at: datetime, billed: int) -> None:
    subscription = subscribed(late_usage_periods=2)
    bill(subscription, FEB)
    cancel_now(subscription_id=subscription.pk, reason="other", comment="", at=utc(2026, 2, 10))
    report(subscription, utc(2026, 2, 6))

    invoices = settle(subscription, found_at).invoices

    # An invoice of 1 May would bill April, with March and February behind it; a day later May has begun.
    assert sum(invoice.total_minor for invoice in invoices) == billed


@pytest.mark.real_commits
def test_late_usage_is_found_by_what_was_committed_since_the_last_search() -> None:
    subscription = subscribed(late_usage=LateUsage.CORRECTION)
    report(subscription, utc(2026, 1, 5))
    bill(subscription, FEB)
    # What was stored before the period closed is looked at too; rating it again finds nothing.
    find_late_usage()
    due.late_usage.run_due(Scope(None), FOUND_AT)
    assert Invoice.objects.count() == 2

    report(subscription, utc(2026, 2, 6))
    assert find_late_usage() == 0
    report(subscription, utc(2026, 1, 6))

    assert (find_late_usage(), find_late_usage()) == (1, 0)
    assert due.late_usage.next_due(Scope(None)) == FEB
    assert due.late_usage.run_due(Scope(None), FOUND_AT) == 1
    assert due.late_usage.next_due(Scope(None)) is None
    assert Invoice.objects.latest("pk").total_minor == 200


@pytest.mark.real_commits
def test_an_event_that_is_committed_after_a_search_began_is_found_by_the_next() -> None:
    subscription = subscribed(late_usage=LateUsage.CORRECTION)
    bill(subscription, FEB)
    find_late_usage()
    due.late_usage.run_due(Scope(None), FOUND_AT)

    found_meanwhile = while_uncommitted(subscription, find_late_usage)

    assert found_meanwhile == 0
    assert find_late_usage() == 1


@pytest.mark.real_commits
def test_an_event_that_was_running_when_its_period_closed_is_neither_lost_nor_billed_twice() -> None:
    subscription = subscribed()

    lines = while_uncommitted(subscription, lambda: bill(subscription, FEB))

    assert lines == []
    assert short(bill(subscription, MARCH)) == [("Jan", 1, 200)]
    period = SubscriptionPeriod.objects.filter(subscription=subscription).earliest("starts_at")
    assert period.closed_below is not None
    assert period.rerated_below is not None
    # Other transactions of the server may hold both back to the same number.
    assert period.closed_below <= period.rerated_below <= current_watermark()


@pytest.mark.real_commits
def test_twenty_workers_bill_late_usage_once() -> None:
    subscription = subscribed(late_usage=LateUsage.CORRECTION)
    bill(subscription, FEB)
    report(subscription, utc(2026, 1, 6))

    settled = at_once(lambda: settle(subscription), workers=8)

    assert sorted(len(one.invoices) for one in settled) == [0] * 7 + [1]
    assert InvoiceLine.objects.filter(kind="usage").count() == 1


@pytest.mark.real_commits
def test_without_the_lock_and_the_key_workers_bill_late_usage_more_than_once() -> None:
    subscription = subscribed(late_usage=LateUsage.CORRECTION)
    bill(subscription, FEB)
    report(subscription, utc(2026, 1, 6))
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX invoices_line_charge_key_once")

    with without_locks():
        at_once(lambda: settle(subscription), workers=8)

    assert InvoiceLine.objects.filter(kind="usage").count() > 1


@pytest.mark.real_commits
def test_without_the_lock_the_charge_key_still_refuses_a_second_bill() -> None:
    subscription = subscribed(late_usage=LateUsage.CORRECTION)
    bill(subscription, FEB)
    report(subscription, utc(2026, 1, 6))

    with without_locks():
        results = at_once(lambda: settle(subscription), workers=8)

    assert any(isinstance(one, AlreadyCharged) for one in results)
    assert InvoiceLine.objects.filter(kind="usage").count() == 1


@pytest.mark.real_commits
def test_a_test_clock_settles_late_usage_at_the_instant_at_which_it_stands() -> None:
    clock = make_test_clock(now_at=JAN)
    subscription = subscribed(
        customer=make_customer(test_clock=clock),
        collection_method=CollectionMethod.SEND_INVOICE,
        late_usage=LateUsage.CORRECTION,
    )
    advance_clock(clock_id=clock.pk, to=FOUND_AT)
    report(subscription, utc(2026, 1, 6))

    advance_clock(clock_id=clock.pk, to=FOUND_AT)

    supplement = Invoice.objects.latest("pk")
    assert (supplement.total_minor, supplement.finalized_at) == (200, FOUND_AT)
    assert not CreditNote.objects.exists()


def without_locks() -> AbstractContextManager[Any]:
    """Let every worker read before any of them writes."""
    barrier = Barrier(8)

    def hold(*, subscription_id: int) -> Subscription:
        subscription = Subscription.objects.select_related("plan_version__plan").get(pk=subscription_id)
        subscription.customer = Customer.objects.select_related("brand").get(pk=subscription.customer_id)
        barrier.wait()
        return subscription

    return patch("apps.billing.services.usage.settle_late_usage.hold_subscription", hold)


def while_uncommitted(subscription: Subscription, work: Any) -> Any:
    """Do something while another connection has stored a call of 6 January and not committed it yet."""
    stored, done = Event(), Event()

    def store() -> None:
        try:
            with transaction.atomic():
                report(subscription, utc(2026, 1, 6))
                stored.set()
                done.wait(20)
        finally:
            stored.set()
            connection.close()

    other = Thread(target=store)
    other.start()
    stored.wait(20)
    try:
        return work()
    finally:
        done.set()
        other.join(20)
