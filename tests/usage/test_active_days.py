from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from apps.customers.models import Customer
from apps.plans.models import Meter
from apps.usage.errors import NotWeightedByDays
from apps.usage.selectors import ActiveValue, meter_active_value
from tests.factories.customers import make_customer
from tests.factories.usage import make_event, send

START = datetime(2026, 11, 1, tzinfo=UTC)
END = datetime(2026, 12, 1, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def report(customer: Customer, *rows: tuple[float, dict[str, Any]]) -> None:
    events = [make_event(customer, timestamp=START + timedelta(days=days), properties=p) for days, p in rows]
    assert all(answer.errors is None for answer in send(customer, *events, received_at=END))


def active(customer: Customer, aggregation: str = "sum", zone: str = "UTC", **overrides: Any) -> ActiveValue:
    names = {"period_days", "below_transaction", "starts_at", "ends_at"}
    asked = {name: overrides.pop(name) for name in names & set(overrides)}
    meter = Meter(
        event_name="call",
        aggregation=aggregation,
        value_property="" if aggregation == "count" else "n",
        **overrides,
    )
    window = {"customer_id": customer.pk, "starts_at": START, "ends_at": END}
    return meter_active_value(meter=meter, zone=zone, **window | asked)


def test_sum_counts_the_day_of_the_event_and_the_last_day():
    customer = make_customer()
    # Ten units for 30 days, two fewer from the 16th on (15 days), four more on the last day: 274 of 30.
    report(customer, (0, {"n": 10}), (15.9, {"n": -2}), (29.99, {"n": 4}), (3, {"n": "none"}))

    assert active(customer) == ActiveValue(Decimal(12), Decimal("9.1" + 29 * "3"))


def test_days_are_local_and_follow_the_zone():
    customer = make_customer()
    # 18:15 UTC on the 10th is the 11th in Kathmandu.
    report(customer, (9 + 18.25 / 24, {"n": 30}))

    assert active(customer).prorated == 21
    kathmandu = timedelta(hours=5, minutes=45)
    local = {"starts_at": START - kathmandu, "ends_at": END - kathmandu}
    assert active(customer, zone="Asia/Kathmandu", **local).prorated == 20


def test_a_part_of_a_period_is_weighed_by_the_whole_one():
    customer = make_customer()
    report(customer, (-100, {"n": 6}), (20, {"n": 3}))

    part = {"starts_at": START + timedelta(days=20), "period_days": 30}

    assert active(customer, **part) == ActiveValue(Decimal(3), Decimal(1))
    assert active(customer, carries_over=True, **part) == ActiveValue(Decimal(9), Decimal(3))


@pytest.mark.parametrize(
    ("changes", "full", "days"),
    [
        ([(4, "add")], 1, 26),
        ([(4, "add"), (9, "remove")], 0, 6),
        ([(4.1, "add"), (4.9, "remove")], 0, 1),
        ([(4.1, "add"), (4.2, "remove"), (4.3, "add"), (4.4, "remove")], 0, 1),
        ([(4, "add"), (6, "remove"), (8, "add"), (9, "remove")], 0, 5),
        ([(4, "add"), (6, "add"), (9, "remove")], 0, 6),
        ([(4, "remove"), (6, "remove")], 0, 0),
        ([(-9, "add"), (4, "remove")], 0, 5),
        ([(-9, "add"), (-8, "remove")], 0, 0),
        ([(-9, "add")], 1, 30),
    ],
)
def test_values_that_are_added_and_removed_have_each_day_once(changes, full, days):
    customer = make_customer()
    report(customer, *((at, {"n": "seat", "operation": operation}) for at, operation in changes))

    found = active(customer, "unique_count", unique_mode="add_remove", carries_over=True)

    assert found.full == full
    assert abs(found.prorated - Decimal(days) / 30) < Decimal("1e-27")


def test_distinct_values_stand_from_their_first_event():
    customer = make_customer()
    report(customer, (10, {"n": "a"}), (20, {"n": "a"}), (15, {"n": "b"}))

    assert active(customer, "unique_count", period_days=35) == ActiveValue(Decimal(2), Decimal(1))
    assert active(customer, "count", period_days=15) == ActiveValue(Decimal(3), Decimal(3))


def test_the_meter_rounds_last():
    customer = make_customer()
    report(customer, (10, {"n": 1}))

    assert active(customer, rounding="up", rounding_precision=2) == ActiveValue(Decimal(1), Decimal("0.67"))


def test_active_days_of_a_maximum_are_refused():
    with pytest.raises(NotWeightedByDays):
        active(make_customer(), "max")


def test_active_value_costs_one_query(django_assert_num_queries):
    customer = make_customer()

    with django_assert_num_queries(1):
        assert active(customer, "unique_count", unique_mode="add_remove") == ActiveValue(
            Decimal(0), Decimal(0)
        )
