"""Locks that outlive a transaction: for long work of which only one process may do its share."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def advisory_lock(name: str) -> Iterator[bool]:
    """Try to take the lock `name`; yields whether it was free. Released at the end, or when the process dies.

    It belongs to the database session, so the work inside may commit as often as it likes. Not
    for use through a pooler that shares sessions between transactions.
    """
    # 64 bits of a real hash: hashtext() has 32, and collides among some ten thousand names.
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        taken = bool(cursor.fetchone()[0])
    try:
        yield taken
    finally:
        if taken:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
