from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from apps.billing.services.run.bill_customer import bill_customer
from apps.plans.models import Meter
from apps.rating.rated import Rated
from apps.rating.services.rate_usage import rate_usage
from apps.rating.services.running_usage import running_usage
from apps.subscriptions.models import Subscription, SubscriptionItem, SubscriptionPeriod
from apps.usage.selectors import current_watermark
from tests.factories.billing import subscribe_to, utc
from tests.factories.plans import flat_price, make_meter, make_plan, metered_price
from tests.factories.usage import make_event, send

STARTED_AT = utc(2026, 2, 1)


def subscribed(
    model: str, parameters: dict[str, Any], *, meter: Meter | None = None, **price: Any
) -> Subscription:
    meter = meter or make_meter(code="payments", aggregation="sum", value_property="amount")
    prices = [flat_price("10.00"), metered_price(meter, model=model, parameters=parameters, **price)]
    return subscribe_to(make_plan(prices=prices), at=STARTED_AT).subscription


def report(subscription: Subscription, *rows: dict[str, Any], first: datetime = STARTED_AT) -> None:
    """Events of "payments", one a day from the first day on."""
    customer = subscription.customer
    events = [
        make_event(customer, "payments", timestamp=first + timedelta(days=day), properties=properties)
        for day, properties in enumerate(rows)
    ]
    assert all(answer.errors is None for answer in send(customer, *events))


def metered_item(subscription: Subscription) -> tuple[SubscriptionItem, SubscriptionPeriod]:
    item = SubscriptionItem.objects.get(subscription=subscription, price__quantity_source="meter")
    return item, SubscriptionPeriod.objects.get(subscription=subscription)


def lines_of(subscription: Subscription, **asked: Any) -> list[Rated]:
    return rate_usage(*metered_item(subscription), **asked)


def short(lines: list[Rated]) -> list[tuple[str, str, Decimal, int]]:
    return [(line.kind, line.dimension, line.quantity, line.money.minor) for line in lines]


@pytest.mark.django_db
def test_a_percentage_is_taken_of_each_event_in_order_of_time() -> None:
    parameters = {"rate_percent": "2", "fixed_fee_per_event": "0.30", "free_amount": "100"}
    subscription = subscribed("percentage", parameters)
    report(subscription, {"amount": "90"}, {"amount": "30"}, {"amount": "10"})

    # 20 of the second event exceed the free amount.
    assert short(lines_of(subscription)) == [("usage", "", Decimal(130), 120)]


@pytest.mark.django_db
def test_a_dynamic_price_bills_what_the_events_carry() -> None:
    subscription = subscribed("dynamic", {"multiplier": "1.1"})
    report(subscription, {"amount": "0.402"}, {"amount": "7"})

    (line,) = lines_of(subscription)

    assert (line.exact, line.money.minor) == (Decimal("8.1422"), 814)
    assert line.trace.explain()[0] == "2 events with prices of their own: €7.402"


@pytest.mark.django_db
def test_a_matrix_gives_a_line_for_each_row_with_a_key_of_its_own() -> None:
    parameters = {
        "dimensions": ["region"],
        "rows": [{"match": {"region": "eu"}, "unit_amount": "0.10"}],
        "default": {"unit_amount": "0.20", "label": "elsewhere"},
    }
    subscription = subscribed("matrix", parameters)
    report(subscription, {"amount": 10, "region": "eu"}, {"amount": 5, "region": "us"}, {"amount": 1})

    (invoice,) = bill_customer(customer_id=subscription.customer_id, at=utc(2026, 3, 1))

    lines = list(invoice.lines.filter(kind="usage"))
    assert [(line.amount_minor, line.description.split(": ")[1]) for line in lines] == [
        (100, "Payments (eu)"),
        (120, "Payments (elsewhere)"),
    ]
    assert len({line.charge_key for line in lines}) == 2
    (so_far,) = running_usage(subscription=subscription, at=utc(2026, 2, 20))
    assert (so_far.value, so_far.money.minor) == (Decimal(16), 220)


@pytest.mark.django_db
def test_a_stairstep_by_unit_type_reads_the_groups() -> None:
    tiers = [
        {"limits": {"cpu": "4", "disk": "100"}, "amount": "10"},
        {"limits": {"cpu": None, "disk": None}, "amount": "25"},
    ]
    subscription = subscribed("stairstep", {"dimension": "resource", "tiers": tiers})
    report(subscription, {"amount": 4, "resource": "cpu"}, {"amount": 101, "resource": "disk"})

    assert [line.money.minor for line in lines_of(subscription)] == [2500]


@pytest.mark.django_db
def test_a_minimum_spend_is_a_line_of_its_own_on_the_final_invoice_only() -> None:
    subscription = subscribed("per_unit", {"unit_amount": "1", "minimum_amount": "20"})
    report(subscription, {"amount": "5.005"})

    assert short(lines_of(subscription)) == [
        ("usage", "", Decimal("5.005"), 501),
        ("true_up", "", Decimal(1), 1499),
    ]
    assert short(lines_of(subscription, final=False)) == [("usage", "", Decimal("5.005"), 501)]
    (so_far,) = running_usage(subscription=subscription, at=utc(2026, 2, 20))
    assert (so_far.value, so_far.money.minor) == (Decimal("5.005"), 2000)


@pytest.mark.django_db
def test_a_minimum_spend_without_usage_is_billed_whole() -> None:
    subscription = subscribed("per_unit", {"unit_amount": "1", "minimum_amount": "20"})

    (invoice,) = bill_customer(customer_id=subscription.customer_id, at=utc(2026, 3, 1))

    assert [line.amount_minor for line in invoice.lines.exclude(kind="recurring")] == [2000]


@pytest.mark.django_db
def test_a_minimum_spend_of_a_part_of_a_period_is_its_share() -> None:
    subscription = subscribed("per_unit", {"unit_amount": "1", "minimum_amount": "28"})
    item, period = metered_item(subscription)
    period.ends_at = period.starts_at + timedelta(days=7)

    assert [(line.kind, line.money.minor) for line in rate_usage(item, period)] == [
        ("usage", 0),
        ("true_up", 700),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("model", "parameters", "minor"),
    [
        # 10 units for 28 days, 10 more for 14 days, 6 given back 7 days before the end.
        ("per_unit", {"unit_amount": "1"}, 1350),
        (
            "graduated",
            {"tiers": [{"up_to": "10", "unit_amount": "1"}, {"up_to": None, "unit_amount": "0.50"}]},
            1175,
        ),
        # The full 14 units pick the tier.
        (
            "volume",
            {"tiers": [{"up_to": "13.5", "unit_amount": "1"}, {"up_to": None, "unit_amount": "2"}]},
            2700,
        ),
        # Packages are not weighed.
        ("package", {"package_size": "10", "amount": "3"}, 600),
    ],
)
def test_usage_weighed_by_active_days(model: str, parameters: dict[str, Any], minor: int) -> None:
    subscription = subscribed(model, parameters, usage_proration="active_days")
    for day, amount in ((0, "10"), (14, "10"), (21, "-6")):
        report(subscription, {"amount": amount}, first=STARTED_AT + timedelta(days=day))

    assert [line.money.minor for line in lines_of(subscription)] == [minor]


@pytest.mark.django_db
def test_a_watermark_leaves_out_what_is_stored_later() -> None:
    subscription = subscribed("percentage", {"rate_percent": "10", "free_events": "1"})
    report(subscription, {"amount": "10"}, {"amount": "10"})

    (line,) = lines_of(subscription, below=current_watermark())

    assert (line.quantity, line.money.minor) == (0, 0)
