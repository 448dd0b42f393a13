from __future__ import annotations

import importlib

import pytest
from django.db import connection

migration = importlib.import_module("apps.core.migrations.0003_pgmq")


def pgmq_functions() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_proc WHERE pronamespace = to_regnamespace('pgmq')")
        return cursor.fetchone()[0]


@pytest.mark.real_commits
def test_pgmq_migration_is_repeatable_and_reversible() -> None:
    installed = pgmq_functions()
    assert installed > 50

    with connection.schema_editor() as editor:
        migration.install(None, editor)
    assert pgmq_functions() == installed

    with connection.schema_editor() as editor:
        migration.uninstall(None, editor)
    assert pgmq_functions() == 0

    with connection.schema_editor() as editor:
        migration.install(None, editor)
    assert pgmq_functions() == installed


@pytest.mark.real_commits
def test_pgmq_message_sent_is_read_once_until_its_timeout() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pgmq.create('bell')")
        cursor.execute("""SELECT pgmq.send('bell', '{"task": "x"}')""")
        cursor.execute("SELECT message FROM pgmq.read('bell', 30, 10)")
        first = cursor.fetchall()
        cursor.execute("SELECT message FROM pgmq.read('bell', 30, 10)")
        second = cursor.fetchall()

    assert len(first) == 1
    assert second == []
