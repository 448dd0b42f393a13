from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.cache import caches
from django.db import connection

from apps.core.counter_cache import PostgresCounterCache
from apps.core.models import CounterWindow

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def counters() -> PostgresCounterCache:
    return PostgresCounterCache("", {})


@pytest.mark.django_db
def test_add_absent_counter_succeeds_once(counters) -> None:
    assert counters.add("k", 1, 60) is True
    assert counters.add("k", 9, 60) is False
    assert counters.get("k") == 1


@pytest.mark.django_db
def test_incr_absent_counter_raises_value_error(counters) -> None:
    with pytest.raises(ValueError, match="not found"):
        counters.incr("k")

    assert CounterWindow.objects.count() == 0


@pytest.mark.django_db
def test_counter_is_gone_at_its_expiry_and_starts_anew(counters) -> None:
    with time_machine.travel(NOON, tick=False):
        counters.add("k", 5, 60)
    with time_machine.travel(NOON + timedelta(seconds=59), tick=False):
        assert counters.incr("k") == 6
    with time_machine.travel(NOON + timedelta(seconds=60), tick=False):
        assert counters.get("k", "none") == "none"
        assert counters.touch("k", 60) is False
        assert counters.add("k", 1, 60) is True
        assert counters.count("k", 60) == 2


@pytest.mark.django_db
def test_touch_moves_the_expiry(counters) -> None:
    with time_machine.travel(NOON, tick=False):
        counters.set("k", 5, 60)
        assert counters.touch("k", 600) is True
    with time_machine.travel(NOON + timedelta(seconds=599), tick=False):
        assert counters.get("k") == 5


@pytest.mark.django_db
def test_set_without_timeout_stays(counters) -> None:
    with time_machine.travel(NOON, tick=False):
        counters.set("k", 5, None)
    with time_machine.travel(NOON + timedelta(days=9999), tick=False):
        assert counters.get("k") == 5


@pytest.mark.django_db
def test_delete_expired_leaves_live_counters(counters) -> None:
    with time_machine.travel(NOON, tick=False):
        counters.set("short", 1, 10)
        counters.set("long", 1, 100)

    assert counters.delete_expired(NOON + timedelta(seconds=10)) == 1
    assert CounterWindow.objects.get().key == ":1:long"


@pytest.mark.django_db
@pytest.mark.parametrize("value", ["text", True, 1.5, None])
def test_set_anything_but_an_integer_is_refused(counters, value) -> None:
    with pytest.raises(TypeError):
        counters.set("k", value)


@pytest.mark.real_commits
def test_incr_from_eight_threads_counts_every_one() -> None:
    cache = caches["counters"]
    cache.add("k", 0, 60)

    def count_fifty(_: int) -> None:
        for _ in range(50):
            caches["counters"].incr("k")
        connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count_fifty, range(8)))

    assert cache.get("k") == 400


@pytest.mark.real_commits
def test_read_then_write_from_eight_threads_loses_counts() -> None:
    """The guard removed: what Django's own cache classes do when they have no atomic increment."""
    cache = caches["counters"]
    cache.add("k", 0, 60)

    def count_fifty(_: int) -> None:
        for _ in range(50):
            cache.set("k", cache.get("k") + 1, 60)
        connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count_fifty, range(8)))

    assert cache.get("k") < 400
