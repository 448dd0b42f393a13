from __future__ import annotations

from datetime import datetime

import pytest

from apps.audit.models import Event
from apps.billing.services.run.bill_customer import bill_customer
from apps.billing.services.run.preview import UpcomingBill, preview_next_bill, preview_purchase
from apps.billing.services.subscriptions.change_plan import change_plan_at_period_end
from apps.billing.services.subscriptions.subscribe import Purchase
from apps.invoices.models import Invoice, NumberSeries
from apps.plans.enums import TrialEnd
from apps.subscriptions.models import ScheduledChange, Subscription, SubscriptionPeriod
from tests.factories.billing import STARTED_AT, make_card, subscribe_to, utc
from tests.factories.customers import make_customer
from tests.factories.plans import flat_price, make_free_plan, make_meter, make_plan, metered_price, seat_price
from tests.factories.usage import make_event, send

pytestmark = pytest.mark.django_db

Lines = list[tuple[int, datetime, datetime]]


def shown(bill: UpcomingBill | None) -> Lines:
    assert bill is not None
    return [(charge.amount.minor, charge.period_start, charge.period_end) for charge in bill.charges]


def billed(invoice: Invoice) -> Lines:
    return [
        (line.amount_minor, line.period_starts_at, line.period_ends_at)  # type: ignore[misc]
        for line in invoice.lines.all()
    ]


def bill(subscription: Subscription, at: datetime) -> list[Invoice]:
    return bill_customer(customer_id=subscription.customer_id, at=at)


def rows() -> list[int]:
    tables = (Subscription, SubscriptionPeriod, ScheduledChange, Invoice, Event, NumberSeries)
    return [model.objects.count() for model in tables]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("starts_at", "now", "then"),
    [
        (utc(2026, 7, 1), [], [(utc(2026, 7, 1), utc(2026, 8, 1))]),
        (
            utc(2026, 5, 1),
            [(utc(2026, 5, 1), utc(2026, 6, 1)), (utc(2026, 6, 1), utc(2026, 7, 1))],
            [(utc(2026, 7, 1), utc(2026, 8, 1))],
        ),
    ],
    ids=["to come", "in the past"],
)
def test_purchase_that_begins_another_day_is_previewed_as_it_will_be_billed(
    starts_at: datetime, now: list[tuple[datetime, datetime]], then: list[tuple[datetime, datetime]]
) -> None:
    purchase = Purchase(plan_code=make_plan().code, starts_at=starts_at)

    preview = preview_purchase(customer=make_customer(), purchase=purchase, at=utc(2026, 6, 10))

    assert shown(preview.now) == [(2900, *days) for days in now]
    assert shown(preview.next) == [(2900, *days) for days in then]


def test_next_bill_is_the_invoice_that_then_comes() -> None:
    meter = make_meter()
    plan = make_plan(prices=[flat_price(), metered_price(meter, unit_amount="0.30")])
    subscription = subscribe_to(plan).subscription
    customer = subscription.customer
    send(customer, *(make_event(customer, meter.event_name, timestamp=utc(2026, 2, 5)) for _ in range(3)))

    preview = preview_next_bill(subscription=subscription)
    (invoice,) = bill(subscription, utc(2026, 2, 28))

    assert preview is not None
    assert (preview.at, preview.total.minor) == (utc(2026, 2, 28), 2990)
    assert shown(preview) == billed(invoice)


def test_next_bill_leaves_no_trace() -> None:
    subscription = subscribe_to().subscription
    before = rows()

    preview_next_bill(subscription=subscription)

    subscription.refresh_from_db()
    assert rows() == before
    assert subscription.next_bill_at == utc(2026, 2, 28)


def test_next_bill_of_a_change_that_cuts_a_week_has_its_usage() -> None:
    meter = make_meter()
    weekly = metered_price(meter, interval="week", unit_amount="1.00")
    subscription = subscribe_to(make_plan(prices=[flat_price(), weekly]), at=utc(2026, 3, 1)).subscription
    for due in (utc(2026, 3, 8), utc(2026, 3, 15), utc(2026, 3, 22), utc(2026, 3, 29)):
        bill(subscription, due)
    customer = subscription.customer
    send(customer, make_event(customer, meter.event_name, timestamp=utc(2026, 3, 30)))
    plan = make_plan(prices=[flat_price("99.00")])
    change_plan_at_period_end(
        subscription=subscription, plan_code=plan.code, quantity=None, at=utc(2026, 3, 31)
    )

    preview = preview_next_bill(subscription=subscription)
    (invoice,) = bill(subscription, utc(2026, 4, 1))

    assert shown(preview) == billed(invoice)
    assert invoice.total_minor == 10000


def test_next_bill_of_a_canceled_subscription_does_not_come() -> None:
    subscription = subscribe_to().subscription
    subscription.next_bill_at = None
    Subscription.objects.filter(pk=subscription.pk).update(next_bill_at=None)

    assert preview_next_bill(subscription=subscription) is None


def test_purchase_shows_what_subscribing_then_bills() -> None:
    customer = make_customer(time_zone="Asia/Tokyo")
    plan = make_plan(prices=[flat_price("31.00"), seat_price("3.10")], version={"alignment": "calendar"})
    purchase = Purchase(plan_code=plan.code, quantity=3)

    preview = preview_purchase(customer=customer, purchase=purchase, at=STARTED_AT)
    subscribed = subscribe_to(plan, customer=customer, quantity=3)

    assert shown(preview.now) == billed(subscribed.invoices[0])
    (renewal,) = bill(subscribed.subscription, utc(2026, 1, 31, 15))
    assert shown(preview.next) == billed(renewal)


def test_purchase_with_a_trial_costs_nothing_now() -> None:
    customer = make_customer()
    make_card(customer)
    free = make_free_plan()
    version = {"trial_days": 14, "trial_end": TrialEnd.DOWNGRADE, "trial_end_plan": free}
    plan = make_plan(version=version)

    preview = preview_purchase(customer=customer, purchase=Purchase(plan_code=plan.code), at=STARTED_AT)

    assert (preview.now.charges, preview.trial_ends_at) == ([], utc(2026, 2, 14, 9, 30))
    assert preview.next is not None
    assert (preview.next.at, preview.next.total.minor) == (utc(2026, 2, 14, 9, 30), 2900)
    assert Subscription.objects.count() == 0
