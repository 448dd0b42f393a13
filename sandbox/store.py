"""Objects in SQLite: one connection, one lock, one transaction a request."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sandbox.messages import Json

_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    created INTEGER NOT NULL,
    customer TEXT,
    parent TEXT,
    label TEXT,
    data TEXT NOT NULL,
    hidden TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS objects_kind ON objects (kind, seq);
CREATE INDEX IF NOT EXISTS objects_customer ON objects (customer, kind, seq) WHERE customer IS NOT NULL;
CREATE INDEX IF NOT EXISTS objects_parent ON objects (parent, kind, seq) WHERE parent IS NOT NULL;
CREATE INDEX IF NOT EXISTS objects_label ON objects (label, kind, seq) WHERE label IS NOT NULL;
"""


@dataclass(slots=True)
class Record:
    """An object as the interface shows it, and what only the sandbox knows of it."""

    data: Json
    hidden: Json


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is wanted, newest first. `created` maps gt, gte, lt and lte to epoch seconds."""

    limit: int = 10
    starting_after: str | None = None
    ending_before: str | None = None
    created: tuple[tuple[str, int], ...] = ()


class Store:
    """All state. Every access takes the one lock: SQLite has one writer, and so has the sandbox."""

    def __init__(self, path: str, schemas: Iterable[str] = ()) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        # A lost power line may cost the last commits, a killed process does not.
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "temp_store=MEMORY", "busy_timeout=5000"):
            self._connection.execute(f"PRAGMA {pragma}")
        for schema in (_SCHEMA, *schemas):
            self._connection.executescript(schema)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; nested use joins the outer transaction."""
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Run one statement; the number of rows it changed."""
        with self._lock:
            return self._connection.execute(sql, values).rowcount

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def insert(
        self,
        data: Json,
        *,
        hidden: Json | None = None,
        customer: str | None = None,
        parent: str | None = None,
        label: str | None = None,
    ) -> Json:
        """Add an object; customer, parent and label are the columns that lists filter by."""
        values = (data["id"], data["object"], data["created"], customer, parent, label)
        self.execute(
            "INSERT INTO objects (id, kind, created, customer, parent, label, data, hidden)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (*values, _dump(data), _dump(hidden or {})),
        )
        return data

    def update(self, data: Json, *, hidden: Json | None = None) -> Json:
        """Replace an object; its customer column follows the data."""
        self.execute(
            "UPDATE objects SET data = ?, customer = ? WHERE id = ?",
            (_dump(data), data.get("customer"), data["id"]),
        )
        if hidden is not None:
            self.execute("UPDATE objects SET hidden = ? WHERE id = ?", (_dump(hidden), data["id"]))
        return data

    def delete(self, object_id: str) -> None:
        self.execute("DELETE FROM objects WHERE id = ?", (object_id,))

    def find(self, object_id: str, kind: str | None = None) -> Record | None:
        rows = self.rows("SELECT kind, data, hidden FROM objects WHERE id = ?", (object_id,))
        if not rows or (kind is not None and rows[0]["kind"] != kind):
            return None
        return Record(json.loads(rows[0]["data"]), json.loads(rows[0]["hidden"]))

    def select(
        self,
        kind: str,
        page: Page,
        *,
        customer: str | None = None,
        parent: str | None = None,
        labels: Sequence[str] = (),
    ) -> tuple[list[Record], bool]:
        """One page of a list, newest first, and whether there is more beyond it."""
        wanted, values = ["kind = ?"], [kind]
        for column, value in (("customer", customer), ("parent", parent)):
            if value is not None:
                wanted.append(f"{column} = ?")
                values.append(value)
        if labels:
            wanted.append(f"label IN ({','.join('?' * len(labels))})")
            values.extend(labels)
        return self._slice(wanted, values, page)

    def _slice(self, wanted: list[str], values: list[Any], page: Page) -> tuple[list[Record], bool]:
        for name, instant in page.created:
            operator = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}[name]
            wanted.append(f"created {operator} ?")
            values.append(instant)
        backwards = page.ending_before is not None
        cursor = page.ending_before or page.starting_after
        if cursor is not None:
            beyond = "seq > " if backwards else "seq < "
            wanted.append(beyond + "(SELECT seq FROM objects WHERE id = ?)")  # noqa: S608
            values.append(cursor)
        # Only names written in this module are joined into the statement; values are bound.
        rows = self.rows(
            "SELECT data, hidden FROM objects WHERE "  # noqa: S608
            + " AND ".join(wanted)
            + (" ORDER BY seq ASC LIMIT ?" if backwards else " ORDER BY seq DESC LIMIT ?"),
            (*values, page.limit + 1),
        )
        records = [Record(json.loads(r["data"]), json.loads(r["hidden"])) for r in rows[: page.limit]]
        return (records[::-1] if backwards else records), len(rows) > page.limit

    def counts(self) -> dict[str, int]:
        """Number of objects of each kind."""
        return {r["kind"]: r["n"] for r in self.rows("SELECT kind, count(*) AS n FROM objects GROUP BY kind")}

    def clear(self, tables: Iterable[str]) -> None:
        """Forget everything in the objects table and the tables named."""
        with self.transaction():
            for table in ("objects", *tables):
                self.execute(f"DELETE FROM {table}")  # noqa: S608 - the caller names its own tables


def _dump(value: Json) -> str:
    return json.dumps(value, separators=(",", ":"))
