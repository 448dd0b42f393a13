from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from apps.customers.models import Customer
from apps.plans.models import Meter
from apps.pricing.usage import Change
from apps.usage.errors import NoEventAmounts, NotWeightedByDays
from apps.usage.event_selectors import active_changes, event_amounts
from apps.usage.selectors import current_watermark, meter_active_value
from tests.factories.customers import make_customer
from tests.factories.usage import make_event, send

START = datetime(2026, 11, 1, tzinfo=UTC)
END = datetime(2026, 12, 1, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def report(customer: Customer, *rows: tuple[float, dict[str, Any]]) -> None:
    events = [make_event(customer, timestamp=START + timedelta(days=days), properties=p) for days, p in rows]
    assert all(answer.errors is None for answer in send(customer, *events, received_at=END))


def window(customer: Customer) -> dict[str, Any]:
    return {"customer_id": customer.pk, "starts_at": START, "ends_at": END}


def meter(aggregation: str = "sum", **fields: Any) -> Meter:
    value_property = "" if aggregation == "count" else "n"
    return Meter(event_name="call", aggregation=aggregation, value_property=value_property, **fields)


def test_event_amounts_come_in_order_of_time_and_leave_out_what_does_not_count() -> None:
    customer = make_customer()
    report(
        customer,
        (9, {"n": 3}),
        (2, {"n": "1.50"}),
        (5, {"n": "none"}),
        (4, {}),
        (3, {"n": -2}),
        (-1, {"n": 9}),
    )

    assert event_amounts(meter=meter(), **window(customer)) == [Decimal("1.50"), Decimal(-2), Decimal(3)]
    assert event_amounts(meter=meter("count"), **window(customer)) == [Decimal(1)] * 5


def test_event_amounts_below_a_watermark_leave_out_what_is_stored_there() -> None:
    customer = make_customer()
    report(customer, (1, {"n": 1}))

    # This transaction runs still: nothing of it lies below the mark.
    assert event_amounts(meter=meter(), **window(customer), below_transaction=current_watermark()) == []


def test_event_amounts_of_distinct_values_are_refused() -> None:
    with pytest.raises(NoEventAmounts):
        event_amounts(meter=meter("unique_count"), **window(make_customer()))


def test_active_changes_put_what_was_carried_over_into_one_change() -> None:
    customer = make_customer()
    report(customer, (-40, {"n": 20}), (-35, {"n": -14}), (15, {"n": 3}), (24, {"n": -4}))

    changes = active_changes(meter=meter(carries_over=True), **window(customer), zone="UTC", period_days=30)

    assert changes == [
        Change(Decimal(6), Decimal(6)),
        Change(Decimal(3), Decimal("1.5")),
        Change(Decimal(-4), Decimal("-0.8")),
    ]


@pytest.mark.parametrize(
    "rows",
    [
        [(4, "add")],
        [(4, "add"), (9, "remove")],
        [(4.1, "add"), (4.9, "remove")],
        [(4.1, "add"), (4.2, "remove"), (4.3, "add"), (4.4, "remove")],
        [(4, "add"), (6, "remove"), (8, "add"), (9, "remove")],
        [(4, "add"), (6, "add"), (9, "remove")],
        [(4, "remove"), (6, "remove")],
        [(-9, "add"), (4, "remove")],
        [(-9, "add"), (-8, "remove")],
        [(-9, "add"), (0.5, "remove"), (0.7, "add")],
    ],
)
@pytest.mark.parametrize("carries_over", [True, False])
@pytest.mark.parametrize("unique_mode", ["add_remove", "distinct"])
def test_active_changes_sum_to_the_active_value(
    rows: list[tuple[float, str]], carries_over: bool, unique_mode: str
) -> None:
    customer = make_customer()
    report(customer, *((day, {"n": "seat", "operation": operation}) for day, operation in rows))
    counted = meter("unique_count", carries_over=carries_over, unique_mode=unique_mode)
    asked = {**window(customer), "zone": "UTC", "period_days": 15}

    changes = active_changes(meter=counted, **asked)

    value = meter_active_value(meter=counted, **asked)
    assert sum(change.units for change in changes) == value.full
    # Each change is a quotient of 30 decimals.
    weighted = sum(change.prorated_units for change in changes)
    assert abs(weighted - value.prorated) < Decimal("1e-25")


def test_active_changes_of_what_does_not_stand_are_refused() -> None:
    with pytest.raises(NotWeightedByDays):
        active_changes(meter=meter("max"), **window(make_customer()), zone="UTC", period_days=30)
