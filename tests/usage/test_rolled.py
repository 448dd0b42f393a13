"""Values from daily rollups are those of the events, whatever came late, changed or went."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.customers.models import Customer
from apps.plans.models import Meter
from apps.usage import rolled
from apps.usage.aggregation import Window, aggregate_statement
from apps.usage.correction import EventReference
from apps.usage.errors import TooManyGroups
from apps.usage.incoming import IncomingEvent
from apps.usage.models import Rollup
from apps.usage.selectors import ActiveValue, meter_active_value, meter_groups, meter_value
from apps.usage.services import roll_up as roll_up_module
from apps.usage.services.amend_event import amend_event
from apps.usage.services.roll_up import roll_up
from apps.usage.services.void_event import void_event
from apps.usage.statement import Statement, property_text
from tests.factories.customers import make_customer
from tests.factories.plans import make_meter
from tests.factories.usage import make_event, send

START = datetime(2026, 11, 1, tzinfo=UTC)
TODAY = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)

pytestmark = pytest.mark.real_commits


def make_meters() -> list[Meter]:
    """Every kind that reads rollups; those that count the same share one."""
    of_n = {"event_name": "call", "value_property": "n", "group_by": ["r"]}
    return [
        make_meter(event_name="call", aggregation="count", group_by=["r"]),
        *[make_meter(aggregation=aggregation, **of_n) for aggregation in ("sum", "min", "max", "average")],
        make_meter(aggregation="sum", carries_over=True, **of_n),
        make_meter(aggregation="weighted_sum", carries_over=True, **of_n),
        make_meter(aggregation="unique_count", carries_over=True, **of_n),
        make_meter(aggregation="unique_count", unique_mode="add_remove", carries_over=True, **of_n),
        make_meter(
            event_name="call",
            aggregation="sum",
            value_expression="n * coalesce(m, 2) / 3",
            group_by=["m", "r"],
            filters=[
                {"property": "r", "values": ["eu", "us"]},
                {"exclude": [{"property": "m", "values": ["1"]}]},
            ],
        ),
    ]


def raw_rows(meter: Meter, window: Window, group_by: Sequence[str] = ()) -> list[tuple[Any, ...]]:
    keys = [property_text(name) for name in group_by]
    return fetch(aggregate_statement(meter=meter, window=window, keys=keys))


def fetch(statement: Statement) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.parameters)
        return list(cursor.fetchall())


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def rolled_days() -> int:
    return int(fetch(Statement("SELECT count(*) FROM usage_rolled_day"))[0][0])


def next_transaction() -> int:
    return int(fetch(Statement("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"))[0][0])


@pytest.fixture(autouse=True)
def _watermark_of_this_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else writes here; what others do in other databases of the server may hold the real one back."""
    monkeypatch.setattr(roll_up_module, "current_watermark", next_transaction)


def assert_as_from_events(meters: Sequence[Meter], window: Window) -> None:
    asked = {
        "customer_id": window.customer_id,
        "starts_at": window.starts_at,
        "ends_at": window.ends_at,
        "below_transaction": window.below_transaction,
    }
    for meter in meters:
        assert meter_value(meter=meter, **asked) == (raw_rows(meter, window)[0][0] or 0)
        for names in ([], meter.group_by[:1], meter.group_by, ["other"]):
            found = meter_groups(meter=meter, group_by=names, **asked) if names else []
            expected = raw_rows(meter, window, names) if names else []
            assert [(*group.values(), value) for group, value in found] == [
                (*row[:-1], row[-1] or 0) for row in expected
            ]


hours = st.integers(min_value=-75 * 24, max_value=24 * 21)
values = st.sampled_from(["1", "0.25", "-3", "x", "12", ""])
properties = st.fixed_dictionaries(
    {"n": values},
    optional={
        "r": st.sampled_from(["eu", "us"]),
        "m": st.sampled_from(["1", "2"]),
        "operation": st.just("remove"),
    },
)
step = (
    st.tuples(st.just("send"), hours, properties)
    | st.tuples(st.just("amend"), st.integers(0, 30), hours, properties)
    | st.tuples(st.just("void"), st.integers(0, 30))
    | st.tuples(st.just("roll"), st.integers(0, 20))
)
# Offsets of any zone are minutes; a period may begin anywhere.
bounds = st.lists(st.integers(min_value=-3 * 1440, max_value=22 * 1440), min_size=4, max_size=4)


class Story:
    """Steps upon one customer's events, with the watermarks at which a period could have been closed."""

    def __init__(self, customer: Customer) -> None:
        self.customer = customer
        self.scope = {"brand_id": customer.brand_id, "livemode": customer.livemode}
        self.sent: list[IncomingEvent] = []
        self.watermarks: list[int] = []

    def take(self, kind: str, *details: Any) -> None:
        getattr(self, kind)(*details)

    def send(self, hour: int, said: dict[str, Any]) -> None:
        event = make_event(self.customer, timestamp=START + timedelta(hours=hour), properties=said)
        self.sent.append(event)
        answers = send(self.customer, event, received_at=TODAY + timedelta(days=9))
        assert answers[0].errors is None

    def amend(self, which: int, hour: int, said: dict[str, Any]) -> None:
        if not self.sent:
            return
        old = self.sent[which % len(self.sent)]
        moved = START + timedelta(hours=hour)
        event = make_event(self.customer, id=old.id, timestamp=moved, properties=said)
        amend_event(**self.scope, event=event, received_at=TODAY + timedelta(days=9))

    def void(self, which: int) -> None:
        if self.sent:
            event_id = self.sent[which % len(self.sent)].id
            void_event(**self.scope, event=EventReference(id=event_id), received_at=TODAY + timedelta(days=9))

    def roll(self, day: int) -> None:
        self.watermarks.append(next_transaction())
        roll_up(at=START + timedelta(days=day, hours=5))


@given(st.lists(step, min_size=3, max_size=24), bounds)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_values_from_rollups_are_those_of_events(steps: list[tuple[Any, ...]], edges: list[int]) -> None:
    meters = list(Meter.objects.order_by("id")) or make_meters()
    run("TRUNCATE usage_rollup; TRUNCATE usage_rolled_day")
    customer = Customer.objects.first()
    story = Story(make_customer(brand=customer.brand if customer else None) if customer else make_customer())

    for taken in steps:
        story.take(*taken)
    first, second, third, last = (START + timedelta(minutes=minute) for minute in sorted(edges))

    windows = [(first, last), (second, third), (START, START + timedelta(days=19))]
    windows.append((START - timedelta(days=31), START + timedelta(days=2)))
    for starts_at, ends_at in windows:
        assert_as_from_events(meters, Window(story.customer.pk, starts_at, ends_at))
    for below in story.watermarks[-2:]:
        assert_as_from_events(meters[1::2], Window(story.customer.pk, first, last, below))


def event_on(customer: Customer, day: int, **said: Any) -> IncomingEvent:
    return make_event(customer, timestamp=START + timedelta(days=day, hours=3), properties=said)


def make_rolled_month() -> tuple[Meter, Customer]:
    meter = make_meter(event_name="call", aggregation="sum", value_property="n", group_by=["r"])
    customer = make_customer()
    days = [
        make_event(
            customer, timestamp=START + timedelta(days=day, hours=3), properties={"n": 1, "r": str(day % 3)}
        )
        for day in range(19)
    ]
    send(customer, *days, received_at=TODAY)
    roll_up(at=TODAY)
    return meter, customer


def month(meter: Meter, customer: Customer, **overrides: Any) -> Decimal:
    window = {"starts_at": START + timedelta(hours=1), "ends_at": TODAY}
    return meter_value(meter=meter, customer_id=customer.pk, **window | overrides)


def test_whole_days_are_read_from_the_rollup_and_the_edges_from_events() -> None:
    meter, customer = make_rolled_month()

    # A mark that only the rollup holds; the first day is an edge, since the window begins at one o'clock.
    run("UPDATE usage_rolled_day SET total = 10")

    assert month(meter, customer) == 1 + 18 * 10
    assert month(meter, customer, starts_at=START) == 19 * 10
    assert month(meter, customer, ends_at=START + timedelta(days=1)) == 1
    assert meter_groups(
        meter=meter, customer_id=customer.pk, starts_at=START, ends_at=START + timedelta(days=2, hours=4)
    ) == [({"r": "0"}, 10), ({"r": "1"}, 10), ({"r": "2"}, 1)]


def test_late_event_is_counted_at_once_and_rolled_up_the_next_time() -> None:
    meter, customer = make_rolled_month()
    send(
        customer,
        event_on(customer, 4, n=5),
        received_at=TODAY,
    )

    assert month(meter, customer) == 24
    written = roll_up(at=TODAY)

    assert written == 2
    assert month(meter, customer) == 24
    assert rolled_days() == 20


def make_rolled_seats() -> tuple[Meter, Customer]:
    seats = {"aggregation": "unique_count", "unique_mode": "add_remove", "carries_over": True}
    meter = make_meter(event_name="seat", value_property="user", group_by=["r"], **seats)
    customer = make_customer()
    for day, user, operation in [
        (-70, "ada", "add"),
        (-40, "bob", "add"),
        (-20, "ada", "remove"),
        (3, "eve", "add"),
    ]:
        change(customer, day, user, operation)
    roll_up(at=TODAY)
    return meter, customer


def change(customer: Customer, day: int, user: str, operation: str) -> None:
    said = {"user": user, "operation": operation, "r": "eu"}
    event = make_event(customer, "seat", timestamp=START + timedelta(days=day), properties=said)
    send(customer, event, received_at=TODAY)


def test_active_values_are_read_from_the_snapshot_of_the_month() -> None:
    meter, customer = make_rolled_seats()

    # Bob in November, as a snapshot says; both in October; only Ada in September.
    assert rolled_days() == 4
    assert month(meter, customer) == 2
    run("DELETE FROM usage_rolled_day")
    assert month(meter, customer) == 1


def test_active_days_begin_with_the_snapshot_too() -> None:
    meter, customer = make_rolled_seats()
    window = {"starts_at": START, "ends_at": START + timedelta(days=30), "zone": "America/New_York"}

    found = meter_active_value(meter=meter, customer_id=customer.pk, **window, period_days=30)

    # In New York the window touches 31 days, of which Bob has each and Eve 28.
    assert found == ActiveValue(Decimal(2), Decimal("1.9" + 28 * "6" + "7"))
    run("DELETE FROM usage_rolled_day")
    assert meter_active_value(meter=meter, customer_id=customer.pk, **window).full == 1


def test_late_change_is_seen_at_once_and_taken_into_the_snapshots() -> None:
    meter, customer = make_rolled_seats()
    change(customer, -50, "zoe", "add")
    change(customer, -50, "bob", "remove")

    assert month(meter, customer) == 3
    roll_up(at=TODAY)

    assert month(meter, customer) == 3
    # Ada; Ada, Bob and Zoe; Bob and Zoe.
    assert rolled_days() == 6


def test_late_event_is_missed_where_nobody_looks_for_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    meter, customer = make_rolled_month()
    send(
        customer,
        event_on(customer, 4, n=5),
        received_at=TODAY,
    )
    monkeypatch.setattr(rolled, "_changed", lambda *_: Statement("SELECT NULL::date AS day WHERE false"))

    assert month(meter, customer) == 19


def test_value_below_a_watermark_older_than_the_rollup_comes_from_events() -> None:
    meter = make_meter(event_name="call", aggregation="count")
    customer = make_customer()
    send(customer, make_event(customer, timestamp=START + timedelta(days=3)), received_at=TODAY)
    closed = next_transaction()
    send(customer, make_event(customer, timestamp=START + timedelta(days=3)), received_at=TODAY)
    roll_up(at=TODAY)

    assert month(meter, customer, below_transaction=closed) == 1
    assert month(meter, customer, below_transaction=next_transaction()) == month(meter, customer) == 2


def test_another_customer_has_nothing_of_a_rollup() -> None:
    meter, customer = make_rolled_month()

    assert month(meter, make_customer(brand=customer.brand)) == 0


def test_rollup_of_a_restored_database_is_not_believed_and_made_anew() -> None:
    meter, customer = make_rolled_month()
    run("UPDATE usage_rolled_day SET total = 10")
    run("UPDATE usage_rollup SET watermark = 10 ^ 15")

    assert month(meter, customer) == 19
    roll_up(at=TODAY)

    assert Rollup.objects.get().watermark < 10**15
    assert month(meter, customer) == 19
    assert rolled_days() == 19


def test_changed_meter_reads_events_until_it_is_rolled_up() -> None:
    meter, customer = make_rolled_month()
    run("UPDATE usage_rolled_day SET total = 10")
    meter.filters = [{"property": "r", "values": ["0"]}]
    meter.save(update_fields=["filters"])

    assert month(meter, customer) == 7
    roll_up(at=TODAY)

    assert month(meter, customer) == 7
    # The old shape is gone with its days.
    assert Rollup.objects.count() == 1
    assert rolled_days() == 7


def test_day_of_too_many_groups_is_rolled_up_without_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roll_up_module, "MAX_GROUPS", 2)
    meter = make_meter(event_name="call", aggregation="count", group_by=["r"])
    customer = make_customer()
    events = [
        make_event(customer, timestamp=START + timedelta(days=day, hours=n), properties={"r": str(n)})
        for day, n in [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2)]
    ]
    send(customer, *events, received_at=TODAY)
    roll_up(at=TODAY)
    window = {"meter": meter, "customer_id": customer.pk, "starts_at": START, "ends_at": TODAY}

    assert rolled_days() == 3
    assert meter_value(**window) == 5
    assert meter_groups(**window) == [({"r": "0"}, 2), ({"r": "1"}, 2), ({"r": "2"}, 1)]
    monkeypatch.setattr("apps.usage.selectors.MAX_GROUPS", 2)
    with pytest.raises(TooManyGroups):
        meter_groups(**window)


def test_long_history_is_rolled_up_in_steps_of_a_month() -> None:
    meter = make_meter(event_name="call", aggregation="count")
    customer = make_customer()
    history = [make_event(customer, timestamp=TODAY - timedelta(days=n)) for n in range(0, 200, 10)]
    send(customer, *history, received_at=TODAY)

    assert roll_up(at=TODAY) == 19
    assert roll_up(at=TODAY) == 0
    assert Rollup.objects.get().until == TODAY.date()
    assert (
        month(meter, customer, starts_at=TODAY - timedelta(days=365), ends_at=TODAY + timedelta(days=1)) == 20
    )


def test_reading_a_rolled_value_costs_one_query_and_no_walk_through_its_events(
    django_assert_num_queries: Any,
) -> None:
    meter, customer = make_rolled_month()
    meter.carries_over = True
    with django_assert_num_queries(1):
        month(meter, customer)
    many = [
        make_event(customer, timestamp=START + timedelta(minutes=n), properties={"n": 1})
        for n in range(0, 27000, 27)
    ]
    send(customer, *many, received_at=TODAY)
    roll_up(at=TODAY)
    run("ANALYZE usage_event; ANALYZE usage_rolled_day; ANALYZE usage_event_revision")

    statement = rolled.meter_statement(meter=meter, window=Window(customer.pk, START, TODAY))
    plan = "\n".join(
        line for (line,) in fetch(Statement("EXPLAIN (ANALYZE, TIMING off, COSTS off) ") + statement)
    )

    assert "Seq Scan on usage_event_2026" not in plan
    assert "usage_event_2026_11_customer_id_name_transaction_id_idx" in plan
    assert month(meter, customer) == 19 + 1000
