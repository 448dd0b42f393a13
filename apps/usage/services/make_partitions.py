from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from typing import TypeVar

from django.db import connection, transaction
from psycopg.errors import CheckViolation

from apps.usage.months import TABLE, next_month, partition_name

_Stored = TypeVar("_Stored")

# Any number will do, as long as nobody else takes it.
LOCK = 6_120_417_733

# Which months each database is known to have; a hint only, since another process may drop a month.
_known: dict[str, set[date]] = {}


def make_partitions(*, months: Iterable[date]) -> list[str]:
    """Make sure that the event table has these months; returns the names of the partitions made now.

    `months` are first days (UTC). Safe to call from many processes at once, and cheap when all exist. A
    month is attached, not created as a partition, because that would wait for all running intake and hold up
    the rest.
    """
    wanted = sorted(set(months) - _known_here())
    if not wanted:
        return []
    with transaction.atomic():
        made = [partition_name(month) for month in _missing(wanted) if _make(month)]
        transaction.on_commit(partial(_known_here().update, wanted))
    return made


def with_partitions(months: Iterable[date], store: Callable[[], _Stored]) -> _Stored:
    """Do `store` when the event table has these months."""
    wanted = set(months)
    make_partitions(months=wanted)
    try:
        return store()
    except CheckViolation:
        # A month was dropped since this process last looked (retention); a late event brings it back.
        _known_here().clear()
        make_partitions(months=wanted)
        return store()


def _known_here() -> set[date]:
    return _known.setdefault(str(connection.settings_dict["NAME"]), set())


def _missing(months: list[date]) -> list[date]:
    names = [partition_name(month) for month in months]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid"
            " WHERE inhparent = %s::regclass AND c.relname = ANY(%s)",
            [TABLE, names],
        )
        present = {name for (name,) in cursor.fetchall()}
    return [month for month, name in zip(months, names, strict=True) if name not in present]


def _make(month: date) -> bool:
    """Create and attach one month, unless another process did so while this one waited."""
    name = partition_name(month)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        if not _missing([month]):
            return False
        # The name consists of digits and our own letters: nothing of a caller is in the statement.
        cursor.execute(f"CREATE TABLE {name} (LIKE {TABLE} INCLUDING DEFAULTS)")
        cursor.execute(
            f"ALTER TABLE {TABLE} ATTACH PARTITION {name}"
            f" FOR VALUES FROM ('{month} 00:00:00+00') TO ('{next_month(month)} 00:00:00+00')"
        )
    return True
