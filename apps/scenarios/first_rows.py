"""The rows that a throw-away database has at first: kept, and put back after each scenario.

Making a database takes a second of a slow disk, putting its rows back some hundredths: a folder of scenarios
shares one database, and each finds it as the first one did.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import sql

_KEPT = "first_rows"
# Partitions are reached through the table that they are part of.
_TABLES = """
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
    ORDER BY relname
"""
_DIFFERING = """
    SELECT EXISTS (
        (TABLE {table} EXCEPT ALL TABLE {kept}) UNION ALL (TABLE {kept} EXCEPT ALL TABLE {table})
    )
"""


class FirstRows:
    """What the tables of the present database hold now; nobody else may be writing to them."""

    def __init__(self) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_TABLES)
            self._tables = [name for (name,) in cursor.fetchall()]
            cursor.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(_KEPT)))
            self._kept = _not_empty(cursor, self._tables)
            for table in self._kept:
                cursor.execute(_of("CREATE UNLOGGED TABLE {kept} AS TABLE {table}", table))

    def put_back(self) -> None:
        """Make every table hold just what it held at first; numbers that sequences gave out stay used.

        What protects rows from being changed is off meanwhile: never for a database that somebody needs.
        """
        with transaction.atomic(), connection.cursor() as cursor:
            changed = self._changed(cursor)
            for table in changed:
                cursor.execute(_of("ALTER TABLE {table} DISABLE TRIGGER USER", table))
            for table in changed:
                cursor.execute(_of("DELETE FROM {table}", table))
            for table in set(changed) & set(self._kept):
                cursor.execute(_of("INSERT INTO {table} OVERRIDING SYSTEM VALUE TABLE {kept}", table))
            # A table with checks outstanding cannot be altered.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in changed:
                cursor.execute(_of("ALTER TABLE {table} ENABLE TRIGGER USER", table))

    def _changed(self, cursor: CursorWrapper) -> list[str]:
        filled = _not_empty(cursor, [table for table in self._tables if table not in self._kept])
        for table in self._kept:
            cursor.execute(_of(_DIFFERING, table))
            row = cursor.fetchone()
            if row and row[0]:
                filled.append(table)
        return filled


def _not_empty(cursor: CursorWrapper, tables: Iterable[str]) -> list[str]:
    asked = sql.SQL(" UNION ALL ").join(
        sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(sql.Literal(table), sql.Identifier(table))
        for table in tables
    )
    cursor.execute(asked)
    return [name for (name,) in cursor.fetchall()]


def _of(statement: str, table: str) -> sql.Composed:
    return sql.SQL(statement).format(table=sql.Identifier(table), kept=sql.Identifier(_KEPT, table))
