from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.plans.enums import Aggregation
from apps.plans.models import Meter
from apps.usage import selectors
from apps.usage.aggregation import Window, aggregate_statement
from apps.usage.errors import MeterNotFound, TooManyGroups
from apps.usage.selectors import (
    daily_values,
    get_meter,
    meter_groups,
    meter_value,
)
from tests.factories.customers import make_customer
from tests.factories.plans import make_meter
from tests.factories.usage import make_event, send

START = datetime(2026, 11, 1, tzinfo=UTC)
END = datetime(2026, 12, 1, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def meter(aggregation: str, **overrides) -> Meter:
    """Not saved: a value is read by what the meter says."""
    values = {"event_name": "call", "value_property": "" if aggregation == "count" else "n"}
    values |= {"percentile": Decimal(95)} if aggregation == "percentile" else {}
    return Meter(aggregation=aggregation, **values | overrides)


def of(customer, **overrides):
    return {"customer_id": customer.pk, "starts_at": START, "ends_at": END} | overrides


def report(customer, *rows):
    """Send events of (hours after START, properties), in this order of arrival."""
    events = [
        make_event(customer, timestamp=START + timedelta(hours=hours), properties=p) for hours, p in rows
    ]
    assert all(answer.errors is None for answer in send(customer, *events, received_at=END))


@pytest.mark.parametrize(
    ("aggregation", "value"),
    [
        *[("count", "8"), ("sum", "8.75"), ("max", "5"), ("min", "-3"), ("average", "1.75")],
        *[("unique_count", "6"), ("latest", "-3")],
    ],
)
def test_meter_value_of_each_aggregation(aggregation, value):
    customer = make_customer()
    report(
        customer,
        *[(1, {"n": 1}), (30, {"n": "-3"}), (2, {"n": "0.75"}), (3, {"n": 5}), (4, {"n": "5"})],
        *[(40, {"n": "many"}), (41, {"n": True}), (42, {"other": 9})],
    )
    report(make_customer(brand=customer.brand), (5, {"n": 100}))

    found = meter_value(meter=meter(aggregation), **of(customer))

    # Of "many" and true, sum, max and latest see nothing; as distinct values both count.
    assert found == Decimal(value)


@pytest.mark.parametrize("carries_over", [False, True])
@pytest.mark.parametrize("aggregation", [*Aggregation])
def test_meter_value_without_events_is_zero(aggregation, carries_over):
    empty = meter(aggregation, carries_over=carries_over)

    found = meter_value(meter=empty, **of(make_customer()))

    assert found == 0


@pytest.mark.parametrize(
    "text", ["1e100", "NaN", "Infinity", "1,5", "", " ", "0x10", "1_000", "٣", "--1", "1.2.3"]
)
def test_meter_value_ignores_texts_that_are_no_number(text):
    customer = make_customer()
    report(customer, (1, {"n": text}), (2, {"n": " +.5e1 "}))

    assert meter_value(meter=meter("sum"), **of(customer)) == 5


@pytest.mark.parametrize(
    ("percentile", "value"),
    [("0.5", 1), ("1.5", 2), ("7", 7), ("50", 50), ("95", 95), ("95.01", 96), ("99.99", 100), ("100", 100)],
)
def test_percentile_is_the_nearest_rank(percentile, value):
    customer = make_customer()
    report(customer, *((n, {"n": 101 - n}) for n in range(1, 101)), (200, {"n": "none"}))

    found = meter_value(meter=meter("percentile", percentile=Decimal(percentile)), **of(customer))

    assert found == value


def test_average_of_thirds_has_thirty_decimals():
    customer = make_customer()
    report(customer, *((n, {"n": n}) for n in (1, 1, 2)))

    found = meter_value(meter=meter("average"), **of(customer))

    assert found == Decimal("1." + 30 * "3")


def test_expression_takes_the_place_of_a_property():
    customer = make_customer()
    report(customer, (1, {"n": 2, "m": "3"}), (2, {"n": 4}), (3, {"m": 5}), (4, {"n": 1, "m": 0.5}))
    priced = {"value_property": "", "value_expression": "n + 3 * m"}

    assert meter_value(meter=meter("sum", **priced), **of(customer)) == Decimal("13.5")
    assert meter_value(meter=meter("max", **priced), **of(customer)) == 11


def test_weighted_sum_is_what_stood_on_average():
    customer = make_customer()
    # November has 720 hours: 10 for all of it, 6 more for a quarter, 8 fewer for the last hour.
    report(customer, (0, {"n": 10}), (540, {"n": 6}), (719, {"n": -8}))

    found = meter_value(meter=meter("weighted_sum"), **of(customer))

    assert found == Decimal("11.4" + 28 * "8" + "9")


def test_weighted_sum_carries_over_what_stood_before():
    customer = make_customer()
    report(customer, (-1000, {"n": 8}), (-1, {"n": -2}), (360, {"n": 1}))

    assert meter_value(meter=meter("weighted_sum", carries_over=True), **of(customer)) == Decimal("6.5")
    assert meter_value(meter=meter("weighted_sum"), **of(customer)) == Decimal("0.5")


@pytest.mark.parametrize(
    ("aggregation", "own", "carried"),
    [("count", 2, 4), ("sum", 3, 10), ("latest", 2, 2), ("unique_count", 2, 4)],
)
def test_carried_value_holds_what_came_before(aggregation, own, carried):
    customer = make_customer()
    report(customer, (-2000, {"n": 3}), (-1, {"n": 4}), (1, {"n": 1}), (2, {"n": 2}), (720, {"n": 9}))

    assert meter_value(meter=meter(aggregation), **of(customer)) == own
    assert meter_value(meter=meter(aggregation, carries_over=True), **of(customer)) == carried


def test_latest_carries_over_where_the_window_is_silent():
    customer = make_customer()
    report(customer, (-2000, {"n": 3}), (-10, {"n": "not a number"}))

    assert meter_value(meter=meter("latest", carries_over=True), **of(customer)) == 3


def test_unique_count_of_adding_and_removing_follows_the_time_of_events():
    customer = make_customer()
    remove = {"operation": "remove"}
    report(
        customer,
        *[(-5, {"n": "before"}), (-4, {"n": "gone"}), (9, {"n": "gone"} | remove)],
        *[(5, {"n": "back"}), (3, {"n": "back"} | remove), (6, {"n": "a", "operation": "add"})],
        *[(7, {"n": "left"} | remove), (4, {"n": "left"}), (8, {"other": 1})],
    )
    seats = {"unique_mode": "add_remove"}

    assert meter_value(meter=meter("unique_count", **seats), **of(customer)) == 2
    assert meter_value(meter=meter("unique_count", carries_over=True, **seats), **of(customer)) == 3


def test_add_and_remove_of_one_instant_go_by_arrival():
    customer = make_customer()
    report(customer, (1, {"n": "a", "operation": "remove"}), (1, {"n": "a"}))
    report(customer, (1, {"n": "b"}), (1, {"n": "b", "operation": "remove"}))

    seats = meter("unique_count", unique_mode="add_remove", group_by=["n"])

    assert meter_groups(meter=seats, **of(customer)) == [({"n": "a"}, 1)]


def test_value_and_groups_are_rounded_as_the_meter_says():
    customer = make_customer()
    report(customer, (1, {"n": "1.2", "r": "eu"}), (2, {"n": "1.3", "r": "us"}))
    rounded = meter("sum", rounding="up", rounding_precision=0, group_by=["r"])

    assert meter_value(meter=rounded, **of(customer)) == 3
    assert meter_groups(meter=rounded, **of(customer)) == [({"r": "eu"}, 2), ({"r": "us"}, 2)]


def test_meter_value_is_exact_to_the_last_digit():
    customer = make_customer()
    report(
        customer,
        (1, {"n": Decimal("0.1")}),
        (2, {"n": "0.2"}),
        (3, {"n": "12345678901234567890.000000000001"}),
    )

    assert meter_value(meter=meter("sum"), **of(customer)) == Decimal("12345678901234567890.300000000001")


def test_meter_value_window_includes_its_start_and_not_its_end():
    customer = make_customer()
    before, last = START - timedelta(microseconds=1), END - timedelta(microseconds=1)
    events = [make_event(customer, timestamp=t) for t in (before, START, last, END)]
    send(customer, *events, received_at=END)

    assert meter_value(meter=meter("count"), **of(customer)) == 2


def test_latest_of_one_instant_is_what_arrived_last():
    customer = make_customer()
    report(customer, (1, {"n": 3}), (1, {"n": 9}), (1, {"n": 4}))
    report(customer, (0, {"n": 7}))

    assert meter_value(meter=meter("latest"), **of(customer)) == 4


def test_meter_value_reads_nested_and_dotted_properties():
    customer = make_customer()
    report(customer, (1, {"llm": {"tokens": 2}}), (2, {"llm.tokens": 3}), (3, {"llm": 5}))

    assert meter_value(meter=meter("sum", value_property="llm.tokens"), **of(customer)) == 5


def test_filters_need_every_property_and_refuse_what_an_exclusion_matches_in_full():
    customer = make_customer()
    filters = [
        {"property": "region", "values": ["eu", "us"]},
        {"property": "paid", "values": [True]},
        {"property": "version", "values": [2]},
        {"exclude": [{"property": "region", "values": ["us"]}, {"property": "city", "values": ["austin"]}]},
    ]
    matching = {"region": "eu", "paid": True, "version": 2}
    report(
        customer,
        *[(1, matching), (2, matching | {"city": "austin"}), (3, matching | {"region": "us"})],
        (4, matching | {"region": "us", "city": "austin"}),
        (5, matching | {"region": "ap"}),
        (6, matching | {"paid": False}),
        (7, matching | {"version": "3"}),
        (8, {"region": "eu", "paid": True}),
    )

    assert meter_value(meter=meter("count", filters=filters), **of(customer)) == 3


@pytest.mark.parametrize(
    ("aggregation", "eu", "nowhere"),
    [
        *[("count", 3, 2), ("sum", 9, 4), ("max", 4, 4), ("min", 2, 4), ("average", 3, 4)],
        *[("unique_count", 3, 1), ("latest", 3, 4), ("percentile", 4, 4)],
    ],
)
def test_groups_of_each_aggregation_keep_a_missing_property_as_null(aggregation, eu, nowhere):
    customer = make_customer()
    report(
        customer,
        *[(1, {"n": 2, "r": "eu"}), (3, {"n": 3, "r": "eu"}), (2, {"n": 4, "r": "eu"})],
        *[(4, {"n": 4}), (5, {"r": None})],
    )

    found = meter_groups(meter=meter(aggregation, group_by=["r"]), **of(customer))

    assert found == [({"r": "eu"}, eu), ({"r": None}, nowhere)]


def test_groups_by_several_properties_and_by_none():
    customer = make_customer()
    report(customer, (1, {"a": "x", "b": "1"}), (2, {"a": "x", "b": 2}), (3, {"a": "x", "b": 2}))
    counting = meter("count")

    assert meter_groups(meter=counting, **of(customer), group_by=["a", "b"]) == [
        ({"a": "x", "b": "1"}, 1),
        ({"a": "x", "b": "2"}, 2),
    ]
    assert meter_groups(meter=counting, **of(customer)) == [({}, 3)]


def test_groups_beyond_the_cap_are_refused(monkeypatch):
    monkeypatch.setattr(selectors, "MAX_GROUPS", 2)
    customer = make_customer()
    report(customer, *((n, {"r": str(n)}) for n in range(3)))

    with pytest.raises(TooManyGroups):
        meter_groups(meter=meter("count", group_by=["r"]), **of(customer))


@pytest.mark.parametrize(
    ("aggregation", "values"),
    [("count", [1, 0, 3]), ("sum", [1, 0, 9]), ("max", [1, 0, 5]), ("latest", [1, 0, 2])],
)
def test_daily_values_follow_the_zone_and_hold_empty_days(aggregation, values):
    customer = make_customer()
    # 18:15 UTC is midnight in Kathmandu.
    day = timedelta(hours=18, minutes=15)
    begins = START + day
    times = [(begins, 1), (begins + 2 * timedelta(days=1), 5), (begins + timedelta(days=2, hours=1), 2)]
    report(
        customer,
        *(((at - START) / timedelta(hours=1), {"n": n}) for at, n in times),
        ((begins + timedelta(days=2) - START) / timedelta(hours=1) + 0.5, {"n": 2}),
    )

    found = daily_values(
        meter=meter(aggregation),
        customer_id=customer.pk,
        starts_at=begins,
        ends_at=begins + timedelta(days=3),
        zone="Asia/Kathmandu",
    )

    assert found == list(zip([date(2026, 11, 2), date(2026, 11, 3), date(2026, 11, 4)], values, strict=True))


def test_daily_values_of_a_day_of_25_hours():
    customer = make_customer()
    midnight = datetime(2026, 10, 24, 22, tzinfo=UTC)
    send(customer, *(make_event(customer, timestamp=midnight + timedelta(hours=n)) for n in (0, 24, 25)))

    found = daily_values(
        meter=meter("count"),
        customer_id=customer.pk,
        starts_at=midnight,
        ends_at=midnight + timedelta(hours=26),
        zone="Europe/Berlin",
    )

    assert found == [(date(2026, 10, 25), 2), (date(2026, 10, 26), 1)]


def test_daily_values_of_an_empty_window_are_none():
    found = daily_values(meter=meter("count"), customer_id=1, starts_at=START, ends_at=START, zone="UTC")

    assert found == []


amounts = st.decimals(min_value=-1000, max_value=1000, places=3)
instants = st.integers(min_value=0, max_value=600)


@given(st.lists(st.tuples(instants, amounts), max_size=12), st.tuples(instants, instants, instants))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_windows_of_sum_and_count_add_up(db, events, bounds):
    customer = make_customer()
    report(customer, *((hours / 2, {"n": str(amount)}) for hours, amount in events))
    a, b, c = (START + timedelta(hours=bound) for bound in sorted(bounds))

    for aggregation in ("sum", "count"):
        read = {"meter": meter(aggregation), "customer_id": customer.pk}
        whole = meter_value(**read, starts_at=a, ends_at=c)
        parts = meter_value(**read, starts_at=a, ends_at=b) + meter_value(**read, starts_at=b, ends_at=c)
        assert whole == parts


def test_reads_cost_one_query_each(django_assert_num_queries):
    customer = make_customer()
    report(customer, *((n, {"r": str(n), "n": n}) for n in range(50)))

    with django_assert_num_queries(1):
        meter_value(meter=meter("latest"), **of(customer))
    with django_assert_num_queries(1):
        meter_groups(meter=meter("sum", group_by=["r"]), **of(customer))
    with django_assert_num_queries(1):
        daily_values(meter=meter("sum"), **of(customer), zone="UTC")


def test_reads_use_the_index_of_customer_name_and_timestamp():
    customer = make_customer()
    report(customer, *((n, {"n": n}) for n in range(200)))
    for other in range(20):
        report(make_customer(brand=customer.brand, name=str(other)), *((n, {"n": n}) for n in range(200)))

    statement = aggregate_statement(
        meter=meter("sum"), window=Window(customer.pk, START, START + timedelta(hours=50)), keys=[]
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE usage_event")
        cursor.execute(f"EXPLAIN {statement.text}", statement.parameters)
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert "usage_event_2026_11_customer_id_name_timestamp_idx" in plan
    # One month was asked, so no other partition is touched.
    assert plan.count("usage_event_20") == plan.count("usage_event_2026_11")


def test_get_meter_finds_code_and_id():
    made = make_meter(code="calls")

    assert get_meter("calls") == get_meter(made.public_id) == made
    with pytest.raises(MeterNotFound):
        get_meter("nothing")
