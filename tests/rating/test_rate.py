from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from apps.billing.services.run.bill_customer import bill_customer
from apps.invoices.models import InvoiceLine
from apps.plans.models import Meter
from apps.pricing.trace import Trace
from apps.rating.services.running_usage import running_usage
from apps.subscriptions.models import Subscription
from tests.factories.billing import subscribe_to, utc
from tests.factories.plans import flat_price, make_meter, make_plan, metered_price
from tests.factories.usage import make_event, send

pytestmark = pytest.mark.django_db

TIERS = {
    "tiers": [
        {"up_to": "100", "unit_amount": "0.10", "flat_amount": "0"},
        {"up_to": None, "unit_amount": "0.05", "flat_amount": "1.00"},
    ]
}


def metered(meter: Meter, **price: object) -> Subscription:
    plan = make_plan(prices=[flat_price("10.00"), metered_price(meter, **price)])
    return subscribe_to(plan).subscription


def use(subscription: Subscription, meter: Meter, count: int, at: datetime) -> None:
    events = [make_event(subscription.customer, meter.event_name, timestamp=at) for _ in range(count)]
    send(subscription.customer, *events)


def test_usage_is_billed_in_arrears_next_to_the_next_fee() -> None:
    meter = make_meter()
    subscription = metered(meter, model="graduated", parameters=TIERS)
    use(subscription, meter, 150, utc(2026, 2, 5))

    (invoice,) = bill_customer(customer_id=subscription.customer_id, at=utc(2026, 2, 28))

    fee, usage = invoice.lines.all()
    assert (fee.kind, fee.amount_minor, fee.period_starts_at) == ("recurring", 1000, utc(2026, 2, 28))
    assert (usage.kind, usage.amount_minor, usage.quantity) == ("usage", 1350, Decimal(150))
    assert (usage.period_starts_at, usage.period_ends_at) == (utc(2026, 1, 31, 9, 30), utc(2026, 2, 28))


def test_events_at_the_boundary_belong_to_the_period_that_starts_there() -> None:
    meter = make_meter()
    subscription = metered(meter)
    use(subscription, meter, 3, utc(2026, 2, 27, 23, 59, 59))
    use(subscription, meter, 5, utc(2026, 2, 28))

    (invoice,) = bill_customer(customer_id=subscription.customer_id, at=utc(2026, 2, 28))
    (after,) = bill_customer(customer_id=subscription.customer_id, at=utc(2026, 3, 31))

    quantities = [i.lines.get(kind="usage").quantity for i in (invoice, after)]
    assert quantities == [3, 5]


def test_a_period_without_usage_has_no_usage_line() -> None:
    subscription = metered(make_meter())

    (invoice,) = bill_customer(customer_id=subscription.customer_id, at=utc(2026, 2, 28))

    assert [line.kind for line in invoice.lines.all()] == ["recurring"]


def test_a_line_explains_itself_after_the_fact() -> None:
    meter = make_meter()
    subscription = metered(meter, model="graduated", parameters=TIERS)
    use(subscription, meter, 150, utc(2026, 2, 5))
    bill_customer(customer_id=subscription.customer_id, at=utc(2026, 2, 28))

    line = InvoiceLine.objects.get(kind="usage")

    assert line.snapshot["parameters"] == TIERS
    assert len(Trace.from_json(line.trace).explain()) >= 3


def test_usage_so_far_is_priced_as_the_invoice_will_be() -> None:
    meter = make_meter()
    subscription = metered(meter, model="graduated", parameters=TIERS)
    use(subscription, meter, 150, utc(2026, 2, 5))

    (so_far,) = running_usage(subscription=subscription, at=utc(2026, 2, 10))
    (invoice,) = bill_customer(customer_id=subscription.customer_id, at=utc(2026, 2, 28))

    assert so_far.value == 150
    assert so_far.money.minor == invoice.lines.get(kind="usage").amount_minor == 1350


def test_usage_in_a_trial_is_free_and_shown() -> None:
    meter = make_meter()
    plan = make_plan(prices=[flat_price("10.00"), metered_price(meter)], version={"trial_days": 14})
    subscription = subscribe_to(plan).subscription
    use(subscription, meter, 40, utc(2026, 2, 5))

    (so_far,) = running_usage(subscription=subscription, at=utc(2026, 2, 10))
    (invoice,) = bill_customer(customer_id=subscription.customer_id, at=utc(2026, 2, 14, 9, 30))

    assert so_far.value == 40
    assert [line.kind for line in invoice.lines.all()] == ["recurring"]
