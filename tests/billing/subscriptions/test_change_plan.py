from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from apps.audit.models import Event
from apps.billing.errors import PlanChangeRefused
from apps.billing.services.run.bill_customer import bill_customer
from apps.billing.services.subscriptions.change_plan import change_plan_at_period_end
from apps.billing.services.subscriptions.pause import pause, resume
from apps.core.errors import InvalidInput
from apps.customers.services.update_customer import update_customer
from apps.invoices.models import Invoice, InvoiceLine
from apps.plans.enums import BillingTiming
from apps.plans.models import Plan
from apps.subscriptions.enums import ChangeKind
from apps.subscriptions.models import ScheduledChange, Subscription
from tests.factories.billing import subscribe_to, utc
from tests.factories.customers import MADE_AT
from tests.factories.plans import (
    flat_price,
    make_meter,
    make_plan,
    make_plan_version,
    metered_price,
    seat_price,
)
from tests.factories.usage import make_event, send

pytestmark = pytest.mark.django_db

ASKED_AT = utc(2026, 2, 10)


def change(
    subscription: Subscription, plan: Plan, quantity: int | None = None, *, at: datetime = ASKED_AT
) -> ScheduledChange:
    return change_plan_at_period_end(subscription=subscription, plan_code=plan.code, quantity=quantity, at=at)


def bill(subscription: Subscription, at: datetime) -> list[Invoice]:
    invoices = bill_customer(customer_id=subscription.customer_id, at=at)
    subscription.refresh_from_db()
    return invoices


def amounts(invoice: Invoice) -> list[int]:
    return [line.amount_minor for line in invoice.lines.all()]


def test_quantity_change_bills_the_new_seats_from_the_next_period() -> None:
    plan = make_plan(prices=[seat_price("12.00")])
    subscription = subscribe_to(plan, quantity=2).subscription

    scheduled = change(subscription, plan, 5)
    (invoice,) = bill(subscription, utc(2026, 2, 28))

    assert scheduled.kind == ChangeKind.QUANTITY
    assert (invoice.total_minor, subscription.quantity) == (6000, 5)


def test_quantity_change_keeps_the_prices_that_were_bought() -> None:
    plan = make_plan(prices=[seat_price("12.00")])
    subscription = subscribe_to(plan, quantity=2).subscription
    make_plan_version(plan=plan, prices=[seat_price("15.00")])

    change(subscription, plan, 3)
    (invoice,) = bill(subscription, utc(2026, 2, 28))

    assert invoice.total_minor == 3600
    assert subscription.plan_version.number == 1


def test_quantity_change_of_a_plan_that_is_sold_no_more_is_possible() -> None:
    plan = make_plan(prices=[seat_price("12.00")])
    subscription = subscribe_to(plan, quantity=2).subscription
    Plan.objects.filter(pk=plan.pk).update(archived_at=MADE_AT)

    change(subscription, plan, 3)
    (invoice,) = bill(subscription, utc(2026, 2, 28))

    assert invoice.total_minor == 3600


def test_change_to_the_newest_version_of_the_same_plan_takes_its_prices() -> None:
    plan = make_plan(prices=[seat_price("12.00")])
    subscription = subscribe_to(plan, quantity=2).subscription
    make_plan_version(plan=plan, prices=[seat_price("15.00")])

    scheduled = change(subscription, plan)
    (invoice,) = bill(subscription, utc(2026, 2, 28))

    assert scheduled.kind == ChangeKind.PLAN
    assert invoice.total_minor == 3000


def test_change_to_the_present_plan_is_refused() -> None:
    plan = make_plan(prices=[seat_price("12.00")])
    subscription = subscribe_to(plan, quantity=2).subscription

    for quantity in (None, 2):
        with pytest.raises(PlanChangeRefused):
            change(subscription, plan, quantity)


@pytest.mark.parametrize("quantity", [0, 2])
def test_change_to_a_quantity_that_the_plan_does_not_take_is_refused(quantity: int) -> None:
    subscription = subscribe_to().subscription

    with pytest.raises(InvalidInput) as refused:
        change(subscription, make_plan(), quantity)

    assert refused.value.field == "quantity"
    assert ScheduledChange.objects.count() == 0


def test_change_takes_the_period_that_runs_by_then() -> None:
    page = subscribe_to().subscription
    bill_customer(customer_id=page.customer_id, at=utc(2026, 2, 28))

    # The page was read before the period turned.
    scheduled = change(page, make_plan(), at=utc(2026, 2, 28))

    assert scheduled.effective_at == utc(2026, 3, 31)


def test_change_of_seats_does_not_bill_the_yearly_fee_again() -> None:
    seats, licence = seat_price("10.00"), flat_price("365.00", code="licence", interval="year")
    plan = make_plan(prices=[seats, licence])
    subscription = subscribe_to(plan, quantity=2).subscription

    change(subscription, plan, 3)
    for due in (utc(2026, 2, 28), utc(2026, 3, 31)):
        bill(subscription, due)

    assert InvoiceLine.objects.filter(price_id__in=_ids(plan, "licence")).count() == 1


def _ids(plan: Plan, code: str) -> list[str]:
    return [price.public_id for version in plan.versions.all() for price in version.prices.filter(code=code)]


def test_change_bills_what_it_cuts_on_the_same_invoice() -> None:
    meter = make_meter()
    weekly = metered_price(meter, interval="week", unit_amount="1.00")
    subscription = subscribe_to(make_plan(prices=[flat_price(), weekly]), at=utc(2026, 3, 1)).subscription
    for due in (utc(2026, 3, 8), utc(2026, 3, 15), utc(2026, 3, 22), utc(2026, 3, 29)):
        bill(subscription, due)
    customer = subscription.customer
    send(customer, make_event(customer, meter.event_name, timestamp=utc(2026, 3, 30)))

    # The week that began on 29 March is cut by the end of the month.
    change(subscription, make_plan(prices=[flat_price("99.00")]), at=utc(2026, 3, 31))
    (invoice,) = bill(subscription, utc(2026, 4, 1))

    assert amounts(invoice) == [9900, 100]
    assert subscription.next_bill_at == utc(2026, 5, 1)


def test_change_of_the_zone_moves_no_boundary_of_a_running_anchor() -> None:
    subscription = subscribe_to().subscription
    update_customer(
        customer_id=subscription.customer_id, changes={"time_zone": "America/Los_Angeles"}, at=ASKED_AT
    )

    change(subscription, make_plan(prices=[flat_price("28.00")]))
    (invoice,) = bill(subscription, utc(2026, 2, 28))

    assert invoice.total_minor == 2800
    assert subscription.current_period_ends_at == utc(2026, 3, 31)


def test_change_from_calendar_to_anniversary_begins_with_a_whole_period() -> None:
    calendar = make_plan(prices=[flat_price("31.00")], version={"alignment": "calendar"})
    subscription = subscribe_to(calendar, at=utc(2026, 1, 17)).subscription

    change(subscription, make_plan(prices=[flat_price("40.00")]), at=utc(2026, 1, 20))
    (invoice,) = bill(subscription, utc(2026, 2, 1))

    assert invoice.total_minor == 4000
    assert subscription.current_period_ends_at == utc(2026, 3, 1)


def test_change_from_anniversary_to_calendar_begins_with_a_part() -> None:
    subscription = subscribe_to(at=utc(2026, 1, 17)).subscription
    calendar = make_plan(prices=[flat_price("28.00")], version={"alignment": "calendar"})

    change(subscription, calendar, at=utc(2026, 1, 20))
    (invoice,) = bill(subscription, utc(2026, 2, 17))

    assert invoice.total_minor == 1200
    assert subscription.current_period_ends_at == utc(2026, 3, 1)


def test_change_between_timings_bills_arrears_of_the_old_and_advance_of_the_new() -> None:
    arrears = make_plan(prices=[flat_price("10.00", timing=BillingTiming.IN_ARREARS)])
    subscription = subscribe_to(arrears).subscription

    change(subscription, make_plan(prices=[flat_price("20.00")]))
    (invoice,) = bill(subscription, utc(2026, 2, 28))

    lines = [(line.amount_minor, line.period_starts_at) for line in invoice.lines.all()]
    assert lines == [(2000, utc(2026, 2, 28)), (1000, utc(2026, 1, 31, 9, 30))]


def test_change_at_period_end_of_a_pause_beyond_its_period_waits_for_the_end_of_the_pause() -> None:
    subscription = subscribe_to(at=utc(2026, 6, 1)).subscription
    pause(subscription_id=subscription.pk, at=utc(2026, 6, 16))

    change(subscription, make_plan(prices=[flat_price("62.00")]), at=utc(2026, 8, 1))
    invoices = resume(subscription_id=subscription.pk, at=utc(2026, 8, 11)).invoices

    # 11 to 31 August: 21 of 31 days
    assert [invoice.total_minor for invoice in invoices] == [4200]


def test_later_wish_replaces_the_earlier_one() -> None:
    plan = make_plan(prices=[seat_price("12.00")])
    subscription = subscribe_to(plan, quantity=2).subscription

    change(subscription, plan, 5)
    change(subscription, plan, 3)
    (invoice,) = bill(subscription, utc(2026, 2, 28))

    assert invoice.total_minor == 3600
    assert invoice.lines.get().quantity == Decimal(3)


def test_change_is_announced_and_then_told_with_both_quantities() -> None:
    plan = make_plan(prices=[seat_price("12.00")])
    subscription = subscribe_to(plan, quantity=2).subscription

    change(subscription, plan, 5)
    bill(subscription, utc(2026, 2, 28))

    told = Event.objects.filter(subject_id=subscription.public_id, name__contains="quantity")
    assert [event.data for event in told] == [{"from": 2, "to": 5}]
