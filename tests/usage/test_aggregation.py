"""Each aggregation against a plain program that knows nothing of SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.customers.models import Customer
from apps.plans.models import Meter
from apps.usage.selectors import meter_active_value, meter_value
from tests.factories.customers import make_customer
from tests.factories.usage import make_event, send

START = datetime(2026, 3, 1, tzinfo=UTC)
NEVER_MIND = {"deadline": None, "suppress_health_check": list(HealthCheck)}

pytestmark = pytest.mark.django_db

# An event is (minutes after START, value, operation), in the order of arrival.
Said = tuple[int, str, str]
said = st.tuples(
    st.integers(-3 * 1440, 40 * 1440),
    st.sampled_from(["1", "2", "-3", "0.5", "x"]),
    st.sampled_from(["add", "remove", ""]),
)
windows = st.tuples(st.integers(-1440, 20 * 1440), st.integers(1, 30 * 1440))


def report(events: Sequence[Said]) -> Customer:
    customer = make_customer()
    sent = [
        make_event(
            customer,
            timestamp=START + timedelta(minutes=minute),
            properties={"n": value} | ({"operation": operation} if operation else {}),
        )
        for minute, value, operation in events
    ]
    answers = send(customer, *sent, received_at=START + timedelta(days=60))
    assert all(answer.errors is None for answer in answers)
    return customer


def number(text: str) -> Fraction | None:
    return None if text == "x" else Fraction(text)


def expected(aggregation: str, counting: Sequence[Said], begins: int, ends: int) -> Fraction:
    numbers = [value for _, text, _ in counting if (value := number(text)) is not None]
    match aggregation:
        case "count":
            return Fraction(len(counting))
        case "sum":
            return sum(numbers, Fraction(0))
        case "min" | "max":
            return {"min": min, "max": max}[aggregation](numbers, default=Fraction(0))
        case "average":
            return sum(numbers, Fraction(0)) / len(numbers) if numbers else Fraction(0)
        case "latest":
            return numbers[-1] if numbers else Fraction(0)
        case "percentile":
            return sorted(numbers)[ceil(Fraction(90, 100) * len(numbers)) - 1] if numbers else Fraction(0)
        case "unique_count":
            return Fraction(len({text for _, text, _ in counting}))
        case "seats":
            return Fraction(len(active_at_end(counting)))
    return weighted(counting, begins, ends)


def weighted(events: Sequence[Said], begins: int, ends: int) -> Fraction:
    """Step by step along the running total, as one would draw it."""
    running, area, at = Fraction(0), Fraction(0), begins
    for minute, text, _ in events:
        area += running * (max(minute, begins) - at)
        running, at = running + (number(text) or 0), max(minute, begins)
    return (area + running * (ends - at)) / (ends - begins)


def active_at_end(events: Sequence[Said]) -> set[str]:
    active: set[str] = set()
    for _, text, operation in events:
        (active.discard if operation == "remove" else active.add)(text)
    return active


def make_meter(aggregation: str, *, carries_over: bool = False) -> Meter:
    seats = aggregation == "seats"
    return Meter(
        event_name="call",
        aggregation="unique_count" if seats else aggregation,
        unique_mode="add_remove" if seats else "distinct",
        value_property="" if aggregation == "count" else "n",
        percentile=90 if aggregation == "percentile" else None,
        carries_over=carries_over,
    )


CARRIED = ("count", "sum", "latest", "unique_count", "seats", "weighted_sum")


@given(st.lists(said, max_size=25), windows)
@settings(max_examples=25, **NEVER_MIND)
def test_each_aggregation_is_what_a_plain_program_finds(
    db: None, events: list[Said], window: tuple[int, int]
) -> None:
    customer = report(events)
    begins, ends = window[0], window[0] + window[1]
    # Sorting is stable: of one instant, the order of arrival stays.
    ordered = sorted(events, key=lambda event: event[0])
    own = [event for event in ordered if begins <= event[0] < ends]
    earlier = [event for event in ordered if event[0] < begins]
    asked: dict[str, Any] = {
        "customer_id": customer.pk,
        "starts_at": START + timedelta(minutes=begins),
        "ends_at": START + timedelta(minutes=ends),
    }

    for aggregation in (*CARRIED, "min", "max", "average", "percentile"):
        found = meter_value(meter=make_meter(aggregation), **asked)
        assert abs(Fraction(found) - expected(aggregation, own, begins, ends)) <= Fraction(1, 10**30)
    for aggregation in CARRIED:
        found = meter_value(meter=make_meter(aggregation, carries_over=True), **asked)
        wanted = expected(aggregation, [*earlier, *own], begins, ends)
        assert abs(Fraction(found) - wanted) <= Fraction(1, 10**30)


def days_of_window(begins: datetime, ends: datetime, zone: ZoneInfo) -> list[date]:
    first = begins.astimezone(zone).date()
    last = (ends - timedelta(microseconds=1)).astimezone(zone).date()
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


@given(
    st.lists(said, max_size=20),
    st.sampled_from(["UTC", "Asia/Kathmandu", "America/New_York"]),
    st.booleans(),
)
@settings(max_examples=25, **NEVER_MIND)
def test_active_days_are_what_a_calendar_shows(
    db: None, events: list[Said], zone: str, carries_over: bool
) -> None:
    customer = report(events)
    local = ZoneInfo(zone)
    begins, ends = datetime(2026, 3, 1, tzinfo=local), datetime(2026, 4, 1, tzinfo=local)
    placed = [
        (START + timedelta(minutes=minute), text, operation)
        for minute, text, operation in sorted(events, key=lambda event: event[0])
    ]
    placed = [event for event in placed if event[0] < ends and (carries_over or event[0] >= begins)]
    asked = {"customer_id": customer.pk, "starts_at": begins, "ends_at": ends, "zone": zone}

    # Each day of March, one after the other: who was there at its start, and who came during it.
    seats, units = 0, Fraction(0)
    for day in days_of_window(begins, ends, local):
        before = [event for event in placed if event[0].astimezone(local).date() < day]
        today = [event for event in placed if event[0].astimezone(local).date() == day]
        there = active_at_end([(0, text, operation) for _, text, operation in before])
        there |= {text for _, text, operation in today if operation != "remove"}
        seats += len(there)
        units += sum((number(text) or Fraction(0) for _, text, _ in [*before, *today]), Fraction(0))

    found_seats = meter_active_value(meter=make_meter("seats", carries_over=carries_over), **asked)
    found_units = meter_active_value(meter=make_meter("sum", carries_over=carries_over), **asked)

    assert abs(Fraction(found_seats.prorated) - Fraction(seats, 31)) <= Fraction(1, 10**30)
    assert abs(Fraction(found_units.prorated) - units / 31) <= Fraction(1, 10**30)
