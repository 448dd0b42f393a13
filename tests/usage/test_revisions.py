"""Amending sources, and events told apart by id and timestamp: what intake makes of a repeated id."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.plans.models import Meter
from apps.usage.correction import EventReference
from apps.usage.intake_selectors import late_changes
from apps.usage.models import Event, EventRevision
from apps.usage.selectors import current_watermark, meter_groups, meter_value
from apps.usage.services.void_event import void_event
from tests.factories.customers import make_brand, make_customer
from tests.factories.usage import NOW, make_event, send, statuses

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
SUM = Meter(event_name="call", aggregation="sum", value_property="n")
COUNT = Meter(event_name="call", aggregation="count")


def amending_customer(**overrides):
    return make_customer(brand=make_brand(amending_sources=["api"], **overrides))


def value(customer, meter=SUM, *, starts_at=NOW - DAY, ends_at=NOW + DAY, below=None) -> Decimal:
    return meter_value(
        meter=meter, customer_id=customer.pk, starts_at=starts_at, ends_at=ends_at, below_transaction=below
    )


def call(customer, n, **overrides):
    return make_event(customer, **{"id": "e1", "properties": {"n": n}} | overrides)


def test_a_repeated_id_of_an_amending_source_replaces_the_event():
    customer = amending_customer()

    first = send(customer, call(customer, 5), call(customer, 1, id="e2"))
    second = send(customer, call(customer, 7), call(customer, 1, id="e2"))

    assert statuses([*first, *second]) == ["accepted", "accepted", "amended", "duplicate"]
    assert (value(customer), value(customer, COUNT)) == (8, 2)
    assert Event.objects.count() == 3
    revision = EventRevision.objects.get()
    assert (revision.revision, revision.voided, revision.timestamp) == (1, False, NOW)
    assert (revision.superseded_customer_id, revision.superseded_name) == (customer.pk, "call")
    assert revision.superseded_timestamp == NOW


def test_the_same_amendment_again_is_a_duplicate_and_an_earlier_content_amends_again():
    customer = amending_customer()
    send(customer, call(customer, 5))

    said = [statuses(send(customer, call(customer, n)))[0] for n in (7, 7, 5, 5)]

    assert said == ["amended", "duplicate", "amended", "duplicate"]
    assert value(customer) == 5


def test_repeats_inside_of_one_request_amend_in_their_order():
    customer = amending_customer()

    answers = send(customer, *[call(customer, n) for n in (5, 7, 7, 5, 9)])

    assert statuses(answers) == ["accepted", "amended", "duplicate", "amended", "amended"]
    assert (value(customer), value(customer, COUNT)) == (9, 1)


def test_only_the_named_sources_amend():
    customer = make_customer(brand=make_brand(amending_sources=["erp"]))
    send(customer, call(customer, 1), call(customer, 2, source="erp"))

    answers = send(customer, call(customer, 10), call(customer, 20, source="erp"))

    assert statuses(answers) == ["conflict", "amended"]
    assert value(customer) == 21


def test_an_amendment_moves_an_event_to_another_month_name_and_customer():
    customer = amending_customer()
    other = make_customer(brand=customer.brand)
    send(customer, call(customer, 5))

    send(customer, call(customer, 5, timestamp=NOW - 60 * DAY))
    earlier = value(customer, starts_at=NOW - 61 * DAY, ends_at=NOW - 59 * DAY)
    send(customer, call(other, 6))
    moved = value(other)
    send(customer, call(other, 6, name="login"))

    assert (earlier, moved) == (5, 6)
    assert value(customer, starts_at=NOW - 90 * DAY) == 0
    assert value(other) == 0
    assert EventRevision.objects.count() == 3


def test_a_group_loses_what_was_amended_away():
    customer = amending_customer()
    send(customer, call(customer, 5, properties={"n": 5, "region": "eu"}))

    send(customer, call(customer, 5, properties={"n": 6, "region": "us"}))

    groups = meter_groups(
        meter=SUM,
        customer_id=customer.pk,
        starts_at=NOW - DAY,
        ends_at=NOW + DAY,
        group_by=["region"],
    )
    assert groups == [({"region": "us"}, Decimal(6))]


@pytest.mark.parametrize(
    ("amending", "said", "total"), [([], ["conflict"], 3), (["api"], ["amended"], 12)], ids=["first", "last"]
)
def test_id_and_timestamp_together_are_the_event_where_the_brand_says_so(amending, said, total):
    brand = make_brand(event_identity="id_and_timestamp", amending_sources=amending)
    customer = make_customer(brand=brand)

    first = send(customer, call(customer, 1), call(customer, 2, timestamp=NOW - timedelta(seconds=1)))
    again = send(customer, call(customer, 1), call(customer, 2, timestamp=NOW - timedelta(seconds=1)))
    other = send(customer, call(customer, 10))

    assert statuses(first) == ["accepted", "accepted"]
    assert statuses(again) == ["duplicate", "duplicate"]
    assert statuses(other) == said
    assert value(customer) == total


def test_id_and_timestamp_of_an_event_without_timestamp_is_its_id():
    customer = make_customer(brand=make_brand(event_identity="id_and_timestamp"))
    event = call(customer, 1, timestamp=None)

    said = [send(customer, event, received_at=NOW + n * timedelta(minutes=1)) for n in range(2)]

    assert [statuses(answers) for answers in said] == [["accepted"], ["duplicate"]]


def test_what_a_source_once_said_is_acknowledged_after_a_correction():
    customer = amending_customer()
    send(customer, call(customer, 5))
    send(customer, call(customer, 7))
    customer.brand.amending_sources = []
    customer.brand.save()

    said = [statuses(send(customer, call(customer, n)))[0] for n in (5, 7, 9)]

    assert said == ["duplicate", "duplicate", "conflict"]
    assert value(customer) == 7


def test_an_amending_source_revives_a_void_with_other_content_only():
    customer = amending_customer()
    send(customer, call(customer, 5))
    void_event_of(customer)

    same = send(customer, call(customer, 5))
    voided = value(customer)
    other = send(customer, call(customer, 6))

    assert (statuses(same), voided) == (["duplicate"], 0)
    assert (statuses(other), value(customer)) == (["amended"], 6)


def void_event_of(customer):
    return void_event(
        brand_id=customer.brand_id, livemode=False, event=EventReference(id="e1"), received_at=NOW
    )


def test_an_amendment_of_an_event_whose_month_was_dropped_counts_once():
    customer = amending_customer()
    send(customer, call(customer, 5, timestamp=NOW - 400 * DAY))
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE usage_event_2025_10")

    answers = send(customer, call(customer, 7))

    assert statuses(answers) == ["amended"]
    assert value(customer, starts_at=NOW - 500 * DAY) == 7
    assert EventRevision.objects.get().superseded_timestamp is None


def test_a_plain_request_asks_no_more_than_before():
    customer = make_customer()
    send(customer, make_event(customer))

    with CaptureQueriesContext(connection) as queries:
        send(customer, *[make_event(customer) for _ in range(20)])

    # Customers; the month's partition, which this test's transaction never commits; claims and events.
    assert commands(queries) == ["SELECT", "SELECT", "COPY", "COPY"]


def test_a_request_of_known_events_looks_at_their_versions_once():
    customer = make_customer()
    events = [make_event(customer) for _ in range(20)]
    send(customer, *events)

    with CaptureQueriesContext(connection) as queries:
        send(customer, *events)

    assert commands(queries) == ["SELECT", "SELECT", "COPY", "INSERT", "SELECT"]


def commands(queries) -> list[str]:
    words = [query["sql"].split()[0] for query in queries]
    return [word for word in words if word not in ("SAVEPOINT", "RELEASE", "ROLLBACK")]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM usage_event_revision",
        "UPDATE usage_event_revision SET revision = 2",
        "DELETE FROM usage_event_identity",
        "UPDATE usage_event_identity SET identity = 'id_and_timestamp'",
    ],
)
def test_versions_and_identities_cannot_be_changed(statement):
    customer = amending_customer()
    send(customer, call(customer, 5))
    send(customer, call(customer, 6))

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    said=st.lists(
        st.tuples(st.sampled_from(["e1", "e2"]), st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=8
    ),
    split=st.integers(1, 8),
)
def test_the_last_content_of_each_id_counts_in_any_order(said, split):
    with transaction.atomic():
        customer = amending_customer()
        events = [call(customer, n, id=name, timestamp=NOW - 40 * days * DAY) for name, n, days in said]

        for first in range(0, len(events), split):
            send(customer, *events[first : first + split])

        last = {name: n for name, n, _ in said}
        where = {name: months for name, _, months in said}
        assert value(customer, starts_at=NOW - 100 * DAY) == sum(last.values())
        assert value(customer, COUNT, starts_at=NOW - 100 * DAY) == len(last)
        for months in range(3):
            around = NOW - 40 * months * DAY
            expected = sum(n for name, n in last.items() if where[name] == months)
            assert value(customer, starts_at=around - DAY, ends_at=around + DAY) == expected
        transaction.set_rollback(True)


def test_late_changes_sees_nothing_in_a_quiet_window_and_ignores_neighbours():
    customer = make_customer()
    send(customer, call(customer, 5))

    assert changed(customer, since=current_watermark()) is True
    assert changed(customer, since=10**15) is False
    assert changed(customer, since=0, name="login") is False
    assert changed(customer, since=0, starts_at=NOW + timedelta(seconds=1)) is False
    assert changed(customer, since=0, ends_at=NOW) is False
    assert changed(make_customer(brand=customer.brand), since=0) is False


def changed(customer, *, since, name="call", starts_at=NOW - DAY, ends_at=NOW + DAY) -> bool:
    return late_changes(
        customer_id=customer.pk,
        name=name,
        starts_at=starts_at,
        ends_at=ends_at,
        since_transaction=since,
    )
