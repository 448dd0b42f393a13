from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from apps.audit.canonical import GENESIS
from apps.audit.errors import ChainBroken
from apps.audit.models import Event, Seal, UnsealedEvent
from apps.audit.services import seal as seal_module
from apps.audit.services.record import record_event
from apps.audit.services.seal import drain_unsealed, seal_events
from apps.audit.services.verify import ChainTip, verify_chain
from tests.factories.customers import make_brand

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def record(count: int) -> None:
    brand = make_brand()
    for number in range(count):
        record_event(name="x", subject=brand, at=NOON, data={"number": number, "name": "ä", "rate": "0.10"})


@pytest.mark.django_db
def test_seal_numbers_events_without_gap_in_a_chain() -> None:
    record(5)

    assert [seal_events(limit=2) for _ in range(4)] == [2, 2, 1, 0]

    seals = list(Seal.objects.order_by("seq"))
    assert [seal.seq for seal in seals] == [1, 2, 3, 4, 5]
    assert [seal.prev_hash for seal in seals] == [GENESIS, *(seal.hash for seal in seals[:-1])]
    assert UnsealedEvent.objects.count() == 0
    assert verify_chain() == ChainTip(5, seals[-1].hash)


@pytest.mark.django_db
def test_verify_of_an_empty_log_is_well() -> None:
    assert verify_chain() == ChainTip(0, GENESIS)


@pytest.mark.real_commits
def test_seal_event_that_commits_late_is_not_missed() -> None:
    """Ids are given in the order of inserts, not of commits: a reader of ids would lose the late one."""
    brand = make_brand()
    inserted, finish = threading.Event(), threading.Event()

    def slow() -> int:
        try:
            with transaction.atomic():
                event = record_event(name="slow", subject=brand, at=NOON)
                inserted.set()
                finish.wait(10)
            return event.pk
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(slow)
        assert inserted.wait(10)
        quick = record_event(name="quick", subject=brand, at=NOON)
        first = seal_events()
        finish.set()
        late_id = late.result()
    second = seal_events()

    assert late_id < quick.pk
    assert (first, second) == (1, 1)
    assert list(Seal.objects.order_by("seq").values_list("event__name", flat=True)) == ["quick", "slow"]


def seal_from_threads(count: int, *, turns: int = 12) -> int:
    def seal_and_close(_: int) -> int:
        try:
            return sum(seal_events(limit=7) for _ in range(turns))
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return sum(pool.map(seal_and_close, range(count)))


@pytest.mark.real_commits
def test_seal_from_six_processes_at_once_makes_one_chain() -> None:
    record(200)

    assert seal_from_threads(6) == 200

    assert verify_chain().seq == 200


@pytest.mark.real_commits
def test_seal_without_its_lock_collides(monkeypatch) -> None:
    """The guard removed: both sealers continue the same link, and only the primary key stops the fork."""
    record(1)
    both_have_read = threading.Barrier(2, timeout=10)

    def hash_together(**parts: object) -> str:
        both_have_read.wait()
        return "0" * 64

    monkeypatch.setattr(seal_module, "take_sealer_lock", lambda: None)
    monkeypatch.setattr(seal_module, "seal_hash", hash_together)

    with pytest.raises(IntegrityError):
        seal_from_threads(2, turns=1)


@pytest.mark.real_commits
@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        (
            "UPDATE audit_event SET data = '{\"number\": 9}' WHERE id = %(third)s",
            "seal 3 does not match event evt_",
        ),
        (
            "UPDATE audit_event SET at = at + interval '1 microsecond' WHERE id = %(third)s",
            "seal 3 does not match",
        ),
        ("UPDATE audit_event SET customer_id = 1 WHERE id = %(third)s", "seal 3 does not match"),
        ("UPDATE audit_seal SET hash = repeat('a', 64) WHERE seq = 3", "seal 3 does not match"),
        ("UPDATE audit_seal SET prev_hash = repeat('a', 64) WHERE seq = 3", "seal 3 does not follow seal 2"),
        ("DELETE FROM audit_seal WHERE seq = 3", "seal 3 is missing"),
        ("DELETE FROM audit_seal WHERE seq = 5", "has no seal and does not wait for one"),
    ],
)
def test_verify_names_the_first_row_that_the_owner_tampered_with(tampering: str, found: str) -> None:
    record(5)
    drain_unsealed()
    third = Event.objects.order_by("id")[2].pk
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_event DISABLE TRIGGER USER")
        cursor.execute("ALTER TABLE audit_seal DISABLE TRIGGER USER")
        cursor.execute(tampering, {"third": third})

    with pytest.raises(ChainBroken, match=found):
        verify_chain()


@pytest.mark.real_commits
def test_verify_finds_an_event_inserted_behind_the_queue() -> None:
    record(2)
    drain_unsealed()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_event DISABLE TRIGGER USER")
    record(1)

    with pytest.raises(ChainBroken, match="has no seal and does not wait for one"):
        verify_chain()


@pytest.mark.real_commits
def test_verify_with_an_anchor_finds_a_tail_that_was_cut_off() -> None:
    record(5)
    drain_unsealed()
    anchor = verify_chain()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_event DISABLE TRIGGER USER")
        cursor.execute("ALTER TABLE audit_seal DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM audit_seal WHERE seq = 5")
        cursor.execute("DELETE FROM audit_event WHERE id = (SELECT max(id) FROM audit_event)")

    assert verify_chain().seq == 4
    with pytest.raises(ChainBroken, match="its tail was cut off"):
        verify_chain(anchor=anchor)


@pytest.mark.django_db
def test_verify_audit_command_prints_an_anchor_that_it_takes_back() -> None:
    record(3)
    drain_unsealed()
    out = StringIO()

    call_command("verify_audit", stdout=out)

    anchor = out.getvalue().strip().rpartition(" ")[2]
    assert out.getvalue().startswith("3 events verified.")
    record(1)
    drain_unsealed()
    call_command("verify_audit", anchor=anchor, stdout=out)
    with pytest.raises(CommandError, match="the chain was rewritten"):
        call_command("verify_audit", anchor="3:" + "0" * 64, stdout=out)
    with pytest.raises(CommandError, match="SEQ:HASH"):
        call_command("verify_audit", anchor="three", stdout=out)
