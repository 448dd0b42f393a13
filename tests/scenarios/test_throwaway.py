from __future__ import annotations

import psycopg
import pytest
from django.db import connection

from apps.accounts.models import Brand
from apps.scenarios import throwaway
from apps.scenarios.errors import NoThrowawayDatabase
from apps.scenarios.throwaway import CLONE, throwaway_database
from tests.factories.customers import make_brand


def database_names() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{CLONE}%"])
        return [name for (name,) in cursor.fetchall()]


@pytest.mark.real_commits
def test_nothing_of_the_block_is_left(quick_template: None) -> None:
    make_brand()

    with throwaway_database() as name:
        assert connection.settings_dict["NAME"] == name
        assert not Brand.objects.exists()
        make_brand()
        make_brand()
        assert name in database_names()

    assert Brand.objects.count() == 1
    assert name not in database_names()


@pytest.mark.real_commits
def test_failure_in_the_block_turns_back_too(quick_template: None) -> None:
    make_brand()

    with pytest.raises(ZeroDivisionError), throwaway_database() as name:
        _ = 1 // 0

    assert Brand.objects.count() == 1
    assert name not in database_names()


@pytest.mark.slow
@pytest.mark.real_commits
def test_template_is_built_once_and_leftovers_of_killed_runs_are_dropped() -> None:
    leftover = f"{CLONE}left_by_a_killed_run"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {leftover}")

    with throwaway_database() as first:
        assert leftover not in database_names()
        # A living run's clone is not taken for a leftover by another one.
        with throwaway_database() as second:
            assert {first, second} <= set(database_names())
            assert make_brand().pk


@pytest.mark.real_commits
def test_role_that_may_not_create_databases_is_told_what_to_do(
    monkeypatch: pytest.MonkeyPatch, quick_template: None
) -> None:
    def connect_humbly() -> psycopg.Connection[tuple[object, ...]]:
        server = connect()
        server.execute("SET ROLE pg_read_all_stats")
        return server

    connect = throwaway._connect
    monkeypatch.setattr("apps.scenarios.throwaway._connect", connect_humbly)

    with pytest.raises(NoThrowawayDatabase, match="CREATEDB"), throwaway_database():
        pytest.fail("no database was made")
