from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from apps.audit.models import OutboxPosition
from apps.audit.services.read_outbox import advance, read_batch
from apps.audit.services.record import record_event
from apps.audit.services.seal import seal_events
from tests.factories.customers import make_brand

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def sealed(count: int) -> None:
    brand = make_brand()
    for _ in range(count):
        record_event(name="x", subject=brand, at=NOON)
    seal_events()


def take(limit: int, reader: str = "mail") -> list[int]:
    with transaction.atomic():
        batch = [seal.seq for seal in read_batch(reader=reader, limit=limit)]
        if batch:
            advance(reader=reader, seq=batch[-1])
    return batch


@pytest.mark.django_db
def test_readers_follow_the_order_each_at_its_own_pace() -> None:
    sealed(5)

    assert [take(2), take(2), take(2), take(2)] == [[1, 2], [3, 4], [5], []]
    assert take(9, reader="webhooks") == [1, 2, 3, 4, 5]


@pytest.mark.real_commits
def test_reader_that_fails_before_its_commit_reads_the_batch_again() -> None:
    sealed(2)
    with transaction.atomic():
        advance(reader="mail", seq=read_batch(reader="mail", limit=9)[-1].seq)
        transaction.set_rollback(True)

    assert take(9) == [1, 2]


@pytest.mark.django_db
def test_advance_never_goes_back() -> None:
    sealed(3)
    take(3)

    advance(reader="mail", seq=1)

    assert OutboxPosition.objects.get().seq == 3


@pytest.mark.real_commits
def test_second_process_at_one_reader_gets_nothing_meanwhile() -> None:
    sealed(2)
    take(0)
    reading, finish = threading.Event(), threading.Event()

    def read_slowly() -> list[int]:
        try:
            with transaction.atomic():
                batch = [seal.seq for seal in read_batch(reader="mail", limit=9)]
                reading.set()
                finish.wait(10)
                advance(reader="mail", seq=batch[-1])
            return batch
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(read_slowly)
        assert reading.wait(10)
        meanwhile = take(9)
        finish.set()
        first = slow.result()

    assert (first, meanwhile, take(9)) == ([1, 2], [], [])


@pytest.mark.real_commits
def test_six_processes_at_one_reader_take_each_event_once() -> None:
    sealed(60)
    take(0)

    def read_all(_: int) -> list[int]:
        try:
            return [seq for _ in range(20) for seq in take(5)]
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        taken = [seq for part in pool.map(read_all, range(6)) for seq in part]
    while batch := take(5):
        taken += batch

    assert sorted(taken) == list(range(1, 61))
