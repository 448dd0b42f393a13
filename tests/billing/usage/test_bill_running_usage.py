from __future__ import annotations

from collections import Counter
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from apps.billing.models import UsageWatch
from apps.billing.services.corrections.credit_invoice import credit_invoice
from apps.billing.services.run.bill_customer import bill_customer
from apps.billing.services.run.preview import preview_next_bill
from apps.billing.services.subscriptions.cancel import cancel_now
from apps.billing.services.usage.run_usage_bills import run_usage_bills
from apps.invoices.enums import CreditReason, Disposition
from apps.invoices.errors import InvoiceRefused
from apps.invoices.models import Invoice, InvoiceLine
from apps.invoices.services.plan_credit import CreditItem
from apps.invoices.services.void import void_invoice
from apps.ledger.models import Entry
from apps.plans.models import Meter, Plan, UsageThreshold
from apps.plans.services.publish_version import publish_version
from apps.subscriptions.enums import CancelReason
from apps.subscriptions.models import Subscription
from tests.billing.usage.late import void
from tests.factories.billing import REAL_TIME, subscribe_to, utc
from tests.factories.plans import flat_price, make_meter, make_plan, metered_price
from tests.factories.usage import make_event, send

pytestmark = pytest.mark.django_db

STARTED_AT = utc(2026, 2, 1)
BOUNDARY = utc(2026, 3, 1)


def plan_of(meter: Meter, *thresholds: int, recurring: int | None = None, **price: Any) -> Plan:
    """EUR 31.00 a month in arrears and EUR 1 a unit; thresholds in minor units."""
    prices = [flat_price("31.00", timing="in_arrears"), metered_price(meter, unit_amount="1.00", **price)]
    plan = make_plan(prices=prices, published=False)
    version = plan.versions.get()
    for amount in thresholds:
        UsageThreshold.objects.create(version=version, currency="EUR", amount_minor=amount)
    if recurring is not None:
        UsageThreshold.objects.create(
            version=version, currency="EUR", amount_minor=recurring, is_recurring=True
        )
    publish_version(version_id=version.pk, at=STARTED_AT)
    return plan


def units() -> Meter:
    return make_meter(code="units", aggregation="sum", value_property="value")


def subscribed(*thresholds: int, **terms: Any) -> Subscription:
    return subscribe_to(plan_of(units(), *thresholds, **terms), at=STARTED_AT).subscription


def use(subscription: Subscription, value: int, at: datetime) -> None:
    event = make_event(subscription.customer, "units", timestamp=at, properties={"value": str(value)})
    assert [answer.errors for answer in send(subscription.customer, event)] == [None]


def look(at: datetime) -> int:
    """Bill running usage; how many subscriptions were looked at."""
    return run_usage_bills(scope=REAL_TIME, at=at)


def told() -> list[tuple[list[tuple[str, int]], int, int]]:
    """Of each invoice its lines, what was deducted as billed before, and its total."""
    return [
        (
            [(line.kind, line.amount_minor) for line in invoice.lines.all()],
            invoice.progressive_credit_minor,
            invoice.total_minor,
        )
        for invoice in Invoice.objects.order_by("id")
    ]


def test_a_threshold_that_is_just_reached_bills_all_usage_so_far_at_once() -> None:
    subscription = subscribed(20000)
    use(subscription, 199, utc(2026, 2, 10))
    look(utc(2026, 2, 10))
    assert told() == []

    use(subscription, 1, utc(2026, 2, 11))
    look(utc(2026, 2, 11))

    assert told() == [([("progressive", 20000)], 0, 20000)]
    line = Invoice.objects.get().lines.get()
    assert line.description.endswith("Units (so far)")
    assert (line.quantity, line.period_ends_at) == (Decimal(200), BOUNDARY)


def test_the_bill_of_the_period_lists_all_usage_and_deducts_what_was_billed() -> None:
    subscription = subscribed(20000, 50000)
    for value, at in ((200, utc(2026, 2, 10)), (200, utc(2026, 2, 12)), (250, utc(2026, 2, 14))):
        use(subscription, value, at)
        look(at)
    use(subscription, 7, utc(2026, 2, 20))
    look(utc(2026, 2, 20))

    bill_customer(customer_id=subscription.customer_id, at=BOUNDARY)

    assert told() == [
        ([("progressive", 20000)], 0, 20000),
        ([("progressive", 65000)], 20000, 45000),
        ([("recurring", 3100), ("usage", 65700)], 65000, 3800),
    ]


def test_usage_that_was_billed_early_is_revenue_once() -> None:
    subscription = subscribed(20000, 50000)
    for value, at in ((200, utc(2026, 2, 10)), (300, utc(2026, 2, 14))):
        use(subscription, value, at)
        look(at)

    bill_customer(customer_id=subscription.customer_id, at=BOUNDARY)

    booked = Counter[str]()
    for entry in Entry.objects.filter(transaction__kind="invoice"):
        booked[entry.account.code] += entry.amount_minor
    assert +booked == {"receivable": 53100}
    assert -booked == {"revenue": 53100}


def test_the_next_bill_of_a_preview_takes_off_what_was_billed() -> None:
    subscription = subscribed(20000)
    use(subscription, 210, utc(2026, 2, 10))
    look(utc(2026, 2, 10))

    bill = preview_next_bill(subscription=subscription)

    assert bill is not None
    assert (bill.progressive_minor, bill.total.minor) == (21000, 3100)


def test_usage_that_was_taken_back_leaves_the_excess_on_the_balance() -> None:
    subscription = subscribed(20000)
    use(subscription, 200, utc(2026, 2, 10))
    look(utc(2026, 2, 10))
    use(subscription, -80, utc(2026, 2, 12))
    look(utc(2026, 2, 12))

    bill_customer(customer_id=subscription.customer_id, at=BOUNDARY)

    # 31 + 120 - 200 = -49.
    invoice = Invoice.objects.latest("id")
    assert told()[-1] == ([("recurring", 3100), ("usage", 12000)], 20000, 0)
    assert invoice.balance_credited_minor == 4900


def test_late_usage_gives_back_of_an_early_invoice_what_was_not_credited_yet() -> None:
    subscription = subscribed(20000)
    event = make_event(
        subscription.customer, "units", timestamp=utc(2026, 2, 10), properties={"value": "200"}
    )
    send(subscription.customer, event)
    look(utc(2026, 2, 10))
    bill_customer(customer_id=subscription.customer_id, at=BOUNDARY)
    early = InvoiceLine.objects.get(kind="progressive")
    credit_invoice(
        invoice_id=early.invoice_id,
        items=[CreditItem(early.pk, amount_minor=3000)],
        reason=CreditReason.OTHER,
        disposition=Disposition.BALANCE,
        at=BOUNDARY,
    )

    void(subscription, event.id)
    bill_customer(customer_id=subscription.customer_id, at=utc(2026, 4, 1))

    assert told()[-1][0] == [("recurring", 3100), ("usage", -17000)]


def test_a_progressive_invoice_that_was_voided_is_not_taken_off() -> None:
    subscription = subscribed(20000, 50000)
    use(subscription, 200, utc(2026, 2, 10))
    look(utc(2026, 2, 10))
    void_invoice(invoice_id=Invoice.objects.get().pk, at=utc(2026, 2, 11), reason="mistake")
    use(subscription, 300, utc(2026, 2, 14))
    look(utc(2026, 2, 14))

    bill_customer(customer_id=subscription.customer_id, at=BOUNDARY)

    assert told()[1:] == [
        ([("progressive", 50000)], 0, 50000),
        ([("recurring", 3100), ("usage", 50000)], 50000, 3100),
    ]


def test_a_threshold_that_was_billed_never_fires_again() -> None:
    subscription = subscribed(20000)
    use(subscription, 200, utc(2026, 2, 10))
    look(utc(2026, 2, 10))
    bill_customer(customer_id=subscription.customer_id, at=BOUNDARY)
    use(subscription, 900, utc(2026, 3, 10))

    look(utc(2026, 3, 10))

    assert [total for *_, total in told()] == [20000, 3100]


def test_a_threshold_watches_all_periods_and_bills_the_running_one() -> None:
    subscription = subscribed(20000)
    use(subscription, 150, utc(2026, 2, 10))
    look(utc(2026, 2, 10))
    bill_customer(customer_id=subscription.customer_id, at=BOUNDARY)
    use(subscription, 50, utc(2026, 3, 10))

    look(utc(2026, 3, 10))

    assert told()[-1] == ([("progressive", 5000)], 0, 5000)


def test_a_recurring_threshold_bills_once_however_many_multiples_were_passed() -> None:
    subscription = subscribed(10000, recurring=5000)
    for value, at in ((100, utc(2026, 2, 10)), (170, utc(2026, 2, 11)), (20, utc(2026, 2, 12))):
        use(subscription, value, at)
        look(at)

    # 100 is the one-time threshold, 270 passes 150, 200 and 250, and 290 none more.
    assert [total for *_, total in told()] == [10000, 17000]
    assert UsageWatch.objects.get().reached_minor == 25000


def test_a_cancellation_deducts_what_was_billed_progressively() -> None:
    subscription = subscribed(20000)
    use(subscription, 200, utc(2026, 2, 10))
    look(utc(2026, 2, 10))

    cancel_now(subscription_id=subscription.pk, reason=CancelReason.OTHER, comment="", at=utc(2026, 2, 15))

    # 14 of 28 days of the fee.
    assert told()[-1] == ([("recurring", 1550), ("usage", 20000)], 20000, 1550)


def test_usage_is_looked_at_once_per_event() -> None:
    subscription = subscribed(20000)
    use(subscription, 10, utc(2026, 2, 10))

    looked = [look(utc(2026, 2, 10)), look(utc(2026, 2, 10))]
    use(subscription, 10, utc(2026, 2, 11))

    assert looked == [1, 0]
    assert look(utc(2026, 2, 11)) == 1


def test_a_plan_without_thresholds_is_not_watched() -> None:
    subscription = subscribed()
    use(subscription, 10, utc(2026, 2, 10))

    assert look(utc(2026, 2, 10)) == 0


def test_a_metered_price_in_advance_bills_events_at_once_and_never_again() -> None:
    subscription = subscribed(timing="in_advance")
    use(subscription, 10, utc(2026, 2, 10))
    look(utc(2026, 2, 10))
    use(subscription, 2, utc(2026, 2, 11))
    use(subscription, 3, utc(2026, 2, 11))
    look(utc(2026, 2, 11))

    bill_customer(customer_id=subscription.customer_id, at=BOUNDARY)

    assert told() == [
        ([("in_advance", 1000)], 0, 1000),
        ([("in_advance", 500)], 0, 500),
        ([("recurring", 3100)], 0, 3100),
    ]
    assert [
        line.quantity for invoice in Invoice.objects.order_by("id")[:2] for line in invoice.lines.all()
    ] == [
        Decimal(10),
        Decimal(5),
    ]


def test_events_in_advance_that_no_look_saw_are_billed_when_the_period_ends() -> None:
    subscription = subscribed(timing="in_advance")
    use(subscription, 10, utc(2026, 2, 10))
    look(utc(2026, 2, 10))
    use(subscription, 4, utc(2026, 2, 28))

    bill_customer(customer_id=subscription.customer_id, at=BOUNDARY)

    assert told()[-1] == ([("recurring", 3100), ("in_advance", 400)], 0, 3500)


def test_lines_in_advance_sum_to_the_rounded_price_of_all_units() -> None:
    subscription = subscribed(timing="in_advance", parameters={"unit_amount": "0.004"})
    for day in (10, 11, 12):
        use(subscription, 1, utc(2026, 2, day))
        look(utc(2026, 2, day))

    # 0.4, 0.8 and 1.2 cents: the second unit makes the cent.
    assert told() == [([("in_advance", 1)], 0, 1)]


def test_what_a_meter_carries_over_is_billed_when_the_next_period_opens() -> None:
    meter = make_meter(code="units", aggregation="sum", value_property="value", carries_over=True)
    plan = plan_of(meter, timing="in_advance")
    subscription = subscribe_to(plan, at=STARTED_AT).subscription
    use(subscription, 10, utc(2026, 2, 10))
    look(utc(2026, 2, 10))

    bill_customer(customer_id=subscription.customer_id, at=BOUNDARY)

    assert told()[-1] == ([("in_advance", 1000), ("recurring", 3100)], 0, 4100)


def test_a_progressive_invoice_of_a_period_that_was_billed_cannot_be_voided() -> None:
    subscription = subscribed(20000)
    use(subscription, 200, utc(2026, 2, 10))
    look(utc(2026, 2, 10))
    progressive = Invoice.objects.get()
    bill_customer(customer_id=subscription.customer_id, at=BOUNDARY)

    with pytest.raises(InvoiceRefused, match="The bill of its period has taken off"):
        void_invoice(invoice_id=progressive.pk, at=BOUNDARY, reason="mistake")
