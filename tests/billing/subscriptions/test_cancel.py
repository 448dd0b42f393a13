from __future__ import annotations

from datetime import datetime

import pytest

from apps.billing.services.run.bill_customer import bill_customer
from apps.billing.services.subscriptions.cancel import cancel_at_period_end, cancel_now
from apps.billing.services.subscriptions.pause import pause
from apps.invoices.models import Invoice
from apps.plans.enums import BillingTiming
from apps.subscriptions.enums import CancelReason, SubscriptionStatus
from apps.subscriptions.errors import SubscriptionRefused
from apps.subscriptions.models import Subscription
from tests.factories.billing import subscribe_to, utc
from tests.factories.plans import flat_price, make_meter, make_plan, metered_price
from tests.factories.usage import make_event, send

pytestmark = pytest.mark.django_db


def cancel(subscription: Subscription, at: datetime) -> list[Invoice]:
    invoices = cancel_now(subscription_id=subscription.pk, reason=CancelReason.OTHER, comment="gone", at=at)
    subscription.refresh_from_db()
    return invoices


def periods_of(subscription: Subscription) -> list[tuple[datetime, datetime]]:
    rows = subscription.periods.order_by("cadence", "starts_at")
    return [(period.starts_at, period.ends_at) for period in rows]


def test_cancel_now_bills_the_usage_until_then() -> None:
    meter = make_meter()
    subscription = subscribe_to(make_plan(prices=[flat_price(), metered_price(meter)])).subscription
    customer = subscription.customer
    send(customer, *(make_event(customer, meter.event_name, timestamp=utc(2026, 2, 5)) for _ in range(7)))
    send(customer, make_event(customer, meter.event_name, timestamp=utc(2026, 2, 10)))

    (invoice,) = cancel(subscription, utc(2026, 2, 10))

    (usage,) = invoice.lines.all()
    assert (usage.quantity, usage.amount_minor, usage.period_ends_at) == (7, 7, utc(2026, 2, 10))


def test_cancel_now_bills_the_used_share_of_a_fee_in_arrears() -> None:
    plan = make_plan(prices=[flat_price("28.00", timing=BillingTiming.IN_ARREARS)])
    subscription = subscribe_to(plan, at=utc(2026, 2, 1)).subscription

    (invoice,) = cancel(subscription, utc(2026, 2, 11))

    assert invoice.total_minor == 1000


def test_cancel_now_in_a_trial_bills_nothing() -> None:
    subscription = subscribe_to(make_plan(version={"trial_days": 14})).subscription

    invoices = cancel(subscription, utc(2026, 2, 10))

    assert invoices == []
    assert periods_of(subscription) == [(utc(2026, 1, 31, 9, 30), utc(2026, 2, 10))]


def test_cancel_now_bills_first_what_the_run_has_not_come_to() -> None:
    meter = make_meter()
    subscription = subscribe_to(make_plan(prices=[flat_price(), metered_price(meter)])).subscription
    customer = subscription.customer
    send(customer, make_event(customer, meter.event_name, timestamp=utc(2026, 3, 5), properties={}))

    invoices = cancel(subscription, utc(2026, 3, 10))

    billed = [[(line.kind, line.amount_minor) for line in invoice.lines.all()] for invoice in invoices]
    assert billed == [[("recurring", 2900)], [("usage", 1)]]
    assert periods_of(subscription) == [
        (utc(2026, 1, 31, 9, 30), utc(2026, 2, 28)),
        (utc(2026, 2, 28), utc(2026, 3, 10)),
    ]
    assert subscription.ended_at == utc(2026, 3, 10)


def test_cancel_now_on_the_boundary_begins_no_other_period() -> None:
    subscription = subscribe_to().subscription

    invoices = cancel(subscription, utc(2026, 2, 28))

    assert invoices == []
    assert periods_of(subscription) == [(utc(2026, 1, 31, 9, 30), utc(2026, 2, 28))]


def test_cancel_twice_is_refused() -> None:
    subscription = subscribe_to().subscription
    cancel(subscription, utc(2026, 2, 10))

    with pytest.raises(SubscriptionRefused):
        cancel(subscription, utc(2026, 2, 11))

    with pytest.raises(SubscriptionRefused):
        cancel_at_period_end(
            subscription=subscription, reason=CancelReason.OTHER, comment="", at=utc(2026, 2, 11)
        )


def test_cancel_at_period_end_takes_the_period_that_runs_by_then() -> None:
    page = subscribe_to().subscription
    bill_customer(customer_id=page.customer_id, at=utc(2026, 2, 28))

    # The page was read before the period turned.
    change = cancel_at_period_end(
        subscription=page, reason=CancelReason.UNUSED, comment="", at=utc(2026, 2, 28)
    ).change

    assert change.effective_at == utc(2026, 3, 31)


def test_cancel_at_period_end_bills_the_boundary_before_to_which_no_run_has_come() -> None:
    subscription = subscribe_to(at=utc(2026, 6, 1)).subscription

    made = cancel_at_period_end(
        subscription=subscription, reason="other", comment="", at=utc(2026, 7, 1, 0, 1)
    )

    assert [invoice.total_minor for invoice in made.invoices] == [2900]
    assert made.change.effective_at == utc(2026, 8, 1)


def test_cancel_at_period_end_of_a_pause_beyond_its_period_ends_at_once() -> None:
    subscription = subscribe_to(at=utc(2026, 6, 1)).subscription
    pause(subscription_id=subscription.pk, at=utc(2026, 6, 16))

    made = cancel_at_period_end(subscription=subscription, reason="other", comment="", at=utc(2026, 8, 1))

    subscription.refresh_from_db()
    assert (subscription.status, subscription.ended_at) == (SubscriptionStatus.CANCELED, utc(2026, 8, 1))
    assert (made.invoices, subscription.next_bill_at) == ([], None)


def test_cancel_at_period_end_of_a_pause_within_its_period_waits_for_that() -> None:
    subscription = subscribe_to(at=utc(2026, 6, 1)).subscription
    pause(subscription_id=subscription.pk, at=utc(2026, 6, 16))

    made = cancel_at_period_end(subscription=subscription, reason="other", comment="", at=utc(2026, 6, 20))

    assert made.change.effective_at == utc(2026, 7, 1)


def test_cancel_on_the_last_day_of_a_trial_that_frees_the_fee_bills_nothing() -> None:
    policies = {"trial_kind": "days_from_first_start", "termination_day": "used"}
    plan = make_plan(
        prices=[flat_price("30.00", timing=BillingTiming.IN_ARREARS)],
        version={"trial_days": 14, "policies": policies},
    )
    subscription = subscribe_to(plan, at=utc(2026, 6, 1, 18)).subscription

    assert cancel(subscription, utc(2026, 6, 15, 10)) == []
    assert subscription.status == SubscriptionStatus.CANCELED


def test_cancel_at_period_end_lets_the_longest_paid_period_run_out() -> None:
    monthly, yearly = flat_price("3.00"), flat_price("290.00", code="licence", interval="year")
    subscription = subscribe_to(make_plan(prices=[monthly, yearly])).subscription

    change = cancel_at_period_end(
        subscription=subscription, reason=CancelReason.UNUSED, comment="", at=utc(2026, 2, 10)
    ).change

    assert change.effective_at == utc(2027, 1, 31)
    assert subscription.status == SubscriptionStatus.ACTIVE
