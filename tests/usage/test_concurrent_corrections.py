"""Two who change the same event at once: one after the other, and it counts once."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connection, transaction
from psycopg.errors import UniqueViolation

from apps.plans.models import Meter
from apps.usage.correction import EventReference
from apps.usage.intake_selectors import late_changes
from apps.usage.models import Event, EventRevision
from apps.usage.selectors import meter_value
from apps.usage.services import store_revisions
from apps.usage.services.amend_event import amend_event
from apps.usage.services.void_event import void_event
from tests.factories.customers import make_brand, make_customer
from tests.factories.usage import NOW, make_event, send

pytestmark = pytest.mark.real_commits

WRITERS = 8
EVENTS = 60
DAY = timedelta(days=1)
COUNT = Meter(event_name="call", aggregation="count")
SUM = Meter(event_name="call", aggregation="sum", value_property="n")


def value(customer, meter, below=None):
    return meter_value(
        meter=meter,
        customer_id=customer.pk,
        starts_at=NOW - DAY,
        ends_at=NOW + DAY,
        below_transaction=below,
    )


def amending_customer():
    return make_customer(brand=make_brand(amending_sources=["api"]))


def numbered(customer, number, n):
    return make_event(customer, id=f"e{number}", properties={"n": n})


def in_parallel(work) -> list:
    def one(writer):
        try:
            return work(writer)
        finally:
            connection.close()

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(one, range(WRITERS)))


def amend_all(customer) -> Counter[str]:
    """Every writer says something of its own about every event, in an order of its own."""

    def work(writer):
        numbers = random.Random(writer).sample(range(EVENTS), EVENTS)
        answers = []
        for first in range(0, EVENTS, 20):
            batch = numbers[first : first + 20]
            answers += send(customer, *[numbered(customer, number, writer + 1) for number in batch])
        return Counter(str(answer.status) for answer in answers)

    return sum(in_parallel(work), Counter())


def test_concurrent_amendments_leave_one_version_of_each_event():
    customer = amending_customer()

    said = amend_all(customer)

    assert said == {"accepted": EVENTS, "amended": EVENTS * (WRITERS - 1)}
    assert value(customer, COUNT) == EVENTS
    newest = {}
    for claim_id, properties in Event.objects.order_by("revision").values_list("claim_id", "properties"):
        newest[claim_id] = properties["n"]
    assert value(customer, SUM) == sum(newest.values())
    assert Event.objects.count() == EVENTS * WRITERS


def test_concurrent_amendments_without_the_lock_fail(monkeypatch):
    # The same run with the guard removed: what makes the test above pass is the lock of the claim.
    monkeypatch.setattr(store_revisions, "_LOCK", store_revisions._LOCK.replace("FOR UPDATE", ""))

    with pytest.raises(UniqueViolation):
        amend_all(amending_customer())


def test_concurrent_amendments_without_lock_and_key_count_too_much(monkeypatch):
    monkeypatch.setattr(store_revisions, "_LOCK", store_revisions._LOCK.replace("FOR UPDATE", ""))
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE usage_event_revision DROP CONSTRAINT usage_event_revision_pkey")
    customer = amending_customer()

    amend_all(customer)

    assert value(customer, COUNT) > EVENTS


def test_amendments_against_voids_leave_each_event_once_or_not_at_all():
    customer = make_customer()
    send(customer, *[numbered(customer, number, 1) for number in range(EVENTS)])
    scope = {"brand_id": customer.brand_id, "livemode": False, "received_at": NOW}

    def work(writer):
        for number in random.Random(writer).sample(range(EVENTS), EVENTS):
            if writer % 2:
                void_event(**scope, event=EventReference(id=f"e{number}"))
            else:
                amend_event(**scope, event=numbered(customer, number, writer + 10))

    in_parallel(work)

    voided = dict(EventRevision.objects.order_by("revision").values_list("claim_id", "voided"))
    assert value(customer, COUNT) == len(voided) - sum(voided.values())
    assert len(voided) == EVENTS


def test_numbers_of_an_events_transactions_never_fall():
    # A transaction that began first, and amends last, has the lower number.
    customer = make_customer()
    send(customer, numbered(customer, 1, 1))
    scope = {"brand_id": customer.brand_id, "livemode": False, "received_at": NOW}

    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()::text::bigint")
            (own,) = cursor.fetchone()
        with ThreadPoolExecutor(1) as pool:
            pool.submit(amend_in_thread, customer, scope).result(10)
        amend_event(**scope, event=numbered(customer, 1, 3))

    numbers = list(EventRevision.objects.order_by("revision").values_list("transaction_id", flat=True))
    assert own < numbers[0]
    assert all(earlier <= later for earlier, later in pairwise(numbers))
    assert [value(customer, COUNT, below) for below in (own + 1, numbers[0], numbers[0] + 1)] == [1, 1, 1]
    assert [value(customer, SUM, below) for below in (numbers[0], numbers[0] + 1)] == [1, 3]


def amend_in_thread(customer, scope):
    try:
        amend_event(**scope, event=numbered(customer, 1, 2))
    finally:
        connection.close()


@pytest.mark.parametrize("correction", ["amend", "move", "void", "late"])
def test_a_closed_value_stays_and_late_changes_tells_of_the_correction(correction):
    customer = make_customer()
    send(customer, numbered(customer, 1, 5))
    watermark = next_transaction()
    closed = value(customer, SUM, watermark)
    scope = {"brand_id": customer.brand_id, "livemode": False, "received_at": NOW}
    quiet = changed_since(customer, watermark)

    if correction == "late":
        send(customer, numbered(customer, 2, 2))
    elif correction == "void":
        void_event(**scope, event=EventReference(id="e1"))
    else:
        moved = NOW - 40 * DAY if correction == "move" else NOW
        event = make_event(customer, id="e1", timestamp=moved, properties={"n": 7})
        amend_event(**scope, event=event)

    now = {"amend": 7, "move": 0, "void": 0, "late": 7}
    assert (closed, value(customer, SUM, watermark), quiet) == (5, 5, False)
    assert value(customer, SUM) == value(customer, SUM, next_transaction()) == now[correction]
    assert changed_since(customer, watermark) is True


def next_transaction() -> int:
    """A watermark: nothing else runs in this database, though others of the server may hold back theirs."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        return int(cursor.fetchone()[0])


def changed_since(customer, watermark) -> bool:
    return late_changes(
        customer_id=customer.pk,
        name="call",
        starts_at=NOW - DAY,
        ends_at=NOW + DAY,
        since_transaction=watermark,
    )
