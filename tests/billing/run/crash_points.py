"""Named places at which a process of a billing run can be killed, made from outside by the database.

A trigger waits for a shared advisory lock, which nobody feels until a test holds it exclusively: then the
first process that comes there stands still, in exactly that place, and can be killed. The program knows
nothing of it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

KEY_SPACE = 7_331


@dataclass(frozen=True, slots=True)
class CrashPoint:
    """A place: when which rows are written. A deferred one waits inside COMMIT, which then still happens."""

    name: str
    key: int
    trigger: str


CRASH_POINTS = (
    CrashPoint("while a period turns", 1, "BEFORE INSERT ON subscriptions_subscriptionperiod FOR EACH ROW"),
    CrashPoint(
        "with the invoice written, before its commit", 2, "AFTER UPDATE ON invoices_invoice FOR EACH ROW"
    ),
    CrashPoint(
        "inside the commit, before the worker knows",
        3,
        "AFTER INSERT ON invoices_invoice DEFERRABLE INITIALLY DEFERRED FOR EACH ROW",
    ),
    CrashPoint(
        "after the gateway charged, before the answer is saved",
        4,
        "BEFORE UPDATE ON payments_payment FOR EACH ROW WHEN (NEW.status = 'succeeded')",
    ),
    CrashPoint("with a mail about to be written", 5, "BEFORE INSERT ON notifications_mail FOR EACH ROW"),
)


def install(url: str) -> None:
    """Put the triggers of all crash points into a test database."""
    with psycopg.connect(url, autocommit=True) as connection:
        for point in CRASH_POINTS:
            function = f"crash_point_{point.key}"
            connection.execute(
                f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                f" PERFORM pg_advisory_xact_lock_shared({KEY_SPACE}, {point.key}); RETURN NEW; END $$"
            )
            kind = "CONSTRAINT TRIGGER" if "DEFERRABLE" in point.trigger else "TRIGGER"
            connection.execute(f"CREATE {kind} {function} {point.trigger} EXECUTE FUNCTION {function}()")


@dataclass(frozen=True, slots=True)
class Standing:
    """A process that stands at an armed point, by the name under which it reached the database."""

    application: str
    point: CrashPoint


@contextmanager
def armed(url: str, points: Iterable[CrashPoint]) -> Iterator[psycopg.Connection]:
    """While this lasts, every process that comes to one of the points stands still there."""
    with psycopg.connect(url, autocommit=True) as connection:
        for point in points:
            connection.execute("SELECT pg_advisory_lock(%s, %s)", [KEY_SPACE, point.key])
        yield connection


def standing(connection: psycopg.Connection, patience: float = 60.0) -> Standing | None:
    """The first process that comes to an armed point; None if none comes in time."""
    by_key = {point.key: point for point in CRASH_POINTS}
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        row = connection.execute(
            "SELECT a.application_name, l.objid::int FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
            " WHERE l.locktype = 'advisory' AND l.classid = %s AND NOT l.granted LIMIT 1",
            [KEY_SPACE],
        ).fetchone()
        if row is not None:
            return Standing(str(row[0]), by_key[row[1]])
        time.sleep(0.02)
    return None
