"""Locks on a name, for what no row stands for yet.

One outlives a transaction: for long work of which only one process may do its share. One ends with it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def advisory_lock(name: str) -> Iterator[bool]:
    """Try to take the lock `name`; yields whether it was free. Released at the end, or when the process dies.

    It belongs to the database session, so the work inside may commit as often as it likes. Not
    for use through a pooler that shares sessions between transactions.
    """
    key = _key(name)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        taken = bool(cursor.fetchone()[0])
    try:
        yield taken
    finally:
        if taken:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


def lock_names(names: Collection[str]) -> None:
    """Wait for the locks of these names and hold them until the transaction ends; all in one fixed order."""
    with connection.cursor() as cursor:
        # One by one: in one statement the order would be the planner's.
        for key in sorted(_key(name) for name in names):
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])


def _key(name: str) -> int:
    # 64 bits of a real hash: hashtext() has 32, and collides among some ten thousand names.
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
