from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.errors import InvalidInput
from apps.customers.enums import TestClockStatus
from apps.usage.models import Event, EventClaim
from tests.factories.customers import make_customer, make_test_clock
from tests.factories.usage import NOW, make_event, send, statuses

pytestmark = pytest.mark.django_db


def test_ingest_stores_the_event_as_it_was_sent():
    customer = make_customer(external_id="acme")

    answers = send(
        customer,
        make_event(
            "acme",
            "storage",
            id="a\tb\\n\n",
            source="app\r",
            properties={"k": 'tab\t\\ "q" é', "n": Decimal("0.10")},
        ),
    )

    event = Event.objects.get()
    assert statuses(answers) == ["accepted"]
    assert (event.event_id, event.source, event.name) == ("a\tb\\n\n", "app\r", "storage")
    assert (event.customer_id, event.brand_id, event.livemode) == (customer.pk, customer.brand_id, False)
    assert (event.timestamp, event.received_at) == (NOW, NOW)
    assert event.properties == {"k": 'tab\t\\ "q" é', "n": 0.1}


def test_ingest_of_the_same_event_again_is_a_duplicate_and_counts_once():
    customer = make_customer(external_id="acme")
    event = make_event(customer, id="e1", properties={"a": 1, "b": 2})
    send(customer, event)

    # The same customer by its other id, and the same properties in another order.
    again = make_event("acme", id="e1", properties={"b": 2, "a": 1})

    assert statuses(send(customer, event, again)) == ["duplicate", "duplicate"]
    assert Event.objects.count() == EventClaim.objects.count() == 1


@pytest.mark.parametrize(
    "other",
    [
        {"properties": {"n": 2}},
        {"name": "login"},
        {"timestamp": NOW - timedelta(days=60)},
        {"timestamp": None},
    ],
)
def test_ingest_of_a_known_id_with_other_content_is_a_conflict_and_the_first_stays(other):
    customer = make_customer()
    send(customer, make_event(customer, id="e1", properties={"n": 1}))

    answers = send(customer, make_event(customer, **{"id": "e1", "properties": {"n": 1}} | other))

    assert statuses(answers) == ["conflict"]
    assert answers[0].errors[0].code == "event_id_taken"
    assert [(event.name, event.properties, event.timestamp) for event in Event.objects.all()] == [
        ("call", {"n": 1}, NOW)
    ]


def test_ingest_without_timestamp_is_the_same_event_when_sent_later():
    customer = make_customer()
    event = make_event(customer, timestamp=None)

    first = send(customer, event)
    later = send(customer, event, received_at=NOW + timedelta(days=40))

    assert statuses([*first, *later]) == ["accepted", "duplicate"]
    assert Event.objects.get().timestamp == NOW


def test_ingest_answers_repeats_inside_of_one_request():
    customer = make_customer()
    event = make_event(customer, id="e1", properties={"n": 1})

    answers = send(customer, event, event, make_event(customer, id="e1", properties={"n": 2}))

    assert statuses(answers) == ["accepted", "duplicate", "conflict"]
    assert Event.objects.count() == 1


def test_ingest_compares_repeats_of_a_known_id_with_what_was_stored():
    customer = make_customer()
    stored = make_event(customer, id="e1", properties={"n": 1})
    send(customer, stored)

    other = make_event(customer, id="e1", properties={"n": 2})

    assert statuses(send(customer, other, stored, other)) == ["conflict", "duplicate", "conflict"]


def test_ingest_stores_the_new_events_of_a_batch_that_holds_known_ones():
    customer = make_customer()
    known = [make_event(customer) for _ in range(3)]
    send(customer, *known)

    answers = send(customer, known[0], make_event(customer), known[2], make_event(customer))

    assert statuses(answers) == ["duplicate", "accepted", "duplicate", "accepted"]
    assert Event.objects.count() == 5


def test_ingest_keeps_sources_brands_and_modes_apart():
    customer, other = make_customer(), make_customer()
    live = make_customer(brand=customer.brand, livemode=True)

    answers = [
        *send(customer, make_event(customer, id="e1"), make_event(customer, id="e1", source="app")),
        *send(other, make_event(other, id="e1")),
        *send(live, make_event(live, id="e1")),
    ]

    assert statuses(answers) == ["accepted"] * 4


def test_ingest_refuses_each_bad_event_by_itself():
    customer, stranger = make_customer(), make_customer()

    answers = send(
        customer,
        make_event(customer),
        make_event(stranger),
        make_event(customer, id=""),
        make_event(customer, name="n" * 121),
        make_event(customer, source="a\0b"),
        make_event(customer, properties={"a": "\0"}),
        make_event("new\nline"),
        make_event(customer),
    )

    assert [(answer.errors or [None])[0] and answer.errors[0].field for answer in answers] == [
        *(None, "customer", "id", "event", "source", "properties", "customer", None)
    ]
    assert "create it by POST /api/v1/customers" in answers[1].errors[0].message
    assert Event.objects.count() == 2


def test_ingest_takes_late_events_and_makes_their_month():
    customer = make_customer()

    answers = send(customer, make_event(customer, timestamp=datetime(2011, 2, 28, 23, 59, 59, tzinfo=UTC)))

    assert statuses(answers) == ["accepted"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM usage_event_2011_02")
        assert cursor.fetchone() == (1,)


@pytest.mark.parametrize(
    ("timestamp", "status"),
    [
        (NOW + timedelta(hours=1), "accepted"),
        (NOW + timedelta(hours=1, microseconds=1), "invalid"),
        (datetime(2010, 1, 1, tzinfo=UTC), "accepted"),
        (datetime(2009, 12, 31, 23, 59, 59, tzinfo=UTC), "invalid"),
        (datetime.max.replace(tzinfo=UTC), "invalid"),
        (datetime.min.replace(tzinfo=UTC), "invalid"),
    ],
)
def test_ingest_holds_the_limits_of_time(timestamp, status):
    customer = make_customer()

    answers = send(customer, make_event(customer, timestamp=timestamp))

    assert statuses(answers) == [status]


def test_ingest_earliest_limit_follows_the_setting(settings):
    settings.USAGE_EARLIEST_TIMESTAMP = NOW - timedelta(days=30)
    customer = make_customer()

    answers = send(customer, make_event(customer, timestamp=NOW - timedelta(days=31)))

    assert answers[0].errors[0].code == "timestamp_too_early"


def test_ingest_on_a_test_clock_lives_in_its_time():
    clock = make_test_clock(now_at=NOW - timedelta(days=300))
    customer = make_customer(test_clock=clock)

    answers = send(customer, make_event(customer), make_event(customer, timestamp=None))

    assert statuses(answers) == ["invalid", "accepted"]
    assert "clock's time" in answers[0].errors[0].message
    assert Event.objects.get().timestamp == clock.now_at


def test_ingest_on_a_released_clock_lives_in_real_time():
    clock = make_test_clock(now_at=NOW - timedelta(days=300), status=TestClockStatus.RELEASED)
    customer = make_customer(test_clock=clock)

    send(customer, make_event(customer, timestamp=None))

    assert Event.objects.get().timestamp == NOW


def test_ingest_prefers_a_public_id_to_the_same_external_id():
    customer = make_customer()
    make_customer(brand=customer.brand, external_id=customer.public_id)

    send(customer, make_event(customer))

    assert Event.objects.get().customer_id == customer.pk


def test_ingest_costs_the_same_queries_for_one_event_and_for_a_thousand():
    customer = make_customer()
    send(customer, make_event(customer))

    counts = []
    for size in (1, 1000):
        with CaptureQueriesContext(connection) as queries:
            send(customer, *(make_event(customer) for _ in range(size)))
        counts.append(len(queries))

    # Customers, two COPYs inside of a savepoint, and the look for partitions: here nothing commits.
    assert counts[0] == counts[1] <= 8


def test_ingest_of_too_many_events_is_refused():
    customer = make_customer()

    with pytest.raises(InvalidInput):
        send(customer, *[make_event(customer)] * 1001)
    assert Event.objects.count() == 0
