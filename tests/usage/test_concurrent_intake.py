"""Eight writers send the same events at once, in different orders, with repeats inside of their batches."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from apps.usage.models import Event, EventClaim
from tests.factories.customers import make_customer
from tests.factories.usage import NOW, make_event, send

WRITERS = 8
EVENTS = 1200
BATCH = 100

pytestmark = pytest.mark.real_commits


def replay_all(customer, events) -> Counter[str]:
    """What the answers said, over all writers; an error of any writer is raised here."""
    with ThreadPoolExecutor(WRITERS) as pool:
        said = list(pool.map(lambda seed: replay(customer, events, seed), range(WRITERS)))
    return sum(said, Counter())


def replay(customer, events, seed) -> Counter[str]:
    mine = random.Random(seed).sample(events, len(events))
    try:
        answers = []
        for first in range(0, len(mine), BATCH):
            batch = mine[first : first + BATCH]
            answers += send(customer, *batch, *batch[: BATCH // 10])
        return Counter(str(answer.status) for answer in answers)
    finally:
        connection.close()


def make_events(customer):
    # Every other event lies in another month.
    return [
        make_event(customer, timestamp=NOW - timedelta(days=40 * (number % 2))) for number in range(EVENTS)
    ]


def deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush(), pg_stat_clear_snapshot()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def test_concurrent_replays_store_each_event_once_without_deadlock():
    customer = make_customer()

    said = replay_all(customer, make_events(customer))

    assert said == {"accepted": EVENTS, "duplicate": WRITERS * EVENTS * 11 // 10 - EVENTS}
    assert Event.objects.count() == EventClaim.objects.count() == EVENTS
    assert Event.objects.values("claim_id").distinct().count() == EVENTS
    assert deadlocks() == 0


def test_concurrent_replays_without_the_key_of_claims_count_too_much():
    # The same run with the guard removed: what makes the test above pass is the primary key.
    customer = make_customer()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE usage_event_claim DROP CONSTRAINT usage_event_claim_pkey")

    replay_all(customer, make_events(customer))

    assert Event.objects.count() > EVENTS


def test_concurrent_writers_with_other_content_leave_one_winner():
    customer = make_customer()
    versions = [
        [make_event(customer, id=f"e{number}", properties={"writer": writer}) for number in range(50)]
        for writer in range(WRITERS)
    ]

    with ThreadPoolExecutor(WRITERS) as pool:
        said = sum(pool.map(lambda events: replay(customer, events, 0), versions), Counter())

    assert Event.objects.count() == 50
    assert said["accepted"] == 50
    assert said["conflict"] >= 50 * (WRITERS - 1)


def test_concurrent_first_events_of_a_month_make_its_partition_once():
    customer = make_customer()
    timestamp = NOW.replace(year=2015)

    with ThreadPoolExecutor(WRITERS) as pool:
        said = sum(
            pool.map(
                lambda seed: replay(customer, [make_event(customer, timestamp=timestamp)], seed),
                range(WRITERS),
            ),
            Counter(),
        )

    assert said["accepted"] == WRITERS
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM usage_event_2015_11")
        assert cursor.fetchone() == (WRITERS,)
