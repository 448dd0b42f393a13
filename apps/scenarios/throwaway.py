"""Throw-away databases on the server of the settings' own one: clones of a template with every migration.

The template is named by a hash of all migrations, so it is built once (half a minute) and cloned in about a
second until one of them changes.
"""

from __future__ import annotations

import hashlib
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from psycopg import sql
from psycopg.conninfo import make_conninfo

from apps.scenarios.errors import NoThrowawayDatabase

Connection = psycopg.Connection[tuple[Any, ...]]

TEMPLATE, CLONE = "monetize_scenarios_", "monetize_scenario_"
KEPT_TEMPLATES = 3
_BUILDING = "monetize scenarios template"


@contextmanager
def throwaway_database() -> Iterator[str]:
    """Let everything in the block happen in a fresh database, which is dropped after it; yields its name.

    Django's default connection is turned to the clone and back: nothing can reach the installation's own
    database meanwhile. Not for use inside a transaction, nor beside other threads.

    Raises:
        NoThrowawayDatabase: the server cannot be reached, or the role may not create databases (503).
    """
    try:
        server = _connect()
    except psycopg.OperationalError as error:
        raise NoThrowawayDatabase(
            f"The database server that DATABASE_URL names cannot be reached: {error}"
        ) from error
    with server:
        template = _template(server)
        name = f"{CLONE}{secrets.token_hex(6)}"
        _lock(server, name)
        _create(server, name, template)
        try:
            # It dies with its process: waiting for the disk at each commit protects nothing.
            server.execute(
                sql.SQL("ALTER DATABASE {} SET synchronous_commit TO off").format(sql.Identifier(name))
            )
            with _turned_to(name):
                yield name
        finally:
            _drop(server, name)


def _connect() -> Connection:
    described = connections["default"].settings_dict
    options = {key: value for key, value in described["OPTIONS"].items() if isinstance(value, str)}
    named = {"user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    given = {key: described[name] for key, name in named.items() if described[name]}
    return psycopg.connect(make_conninfo(dbname="postgres", **options, **given), autocommit=True)


def _template(server: Connection) -> str:
    name = f"{TEMPLATE}{_migrations_hash()}"
    # Another process may be building it: then this one waits.
    _lock(server, _BUILDING)
    try:
        _drop_leftovers(server)
        if name not in _databases(server):
            _build(server, name)
    finally:
        server.execute("SELECT pg_advisory_unlock(%s)", [_key(_BUILDING)])
    return name


def _build(server: Connection, name: str) -> None:
    """Migrate under another name first: a template that exists is complete."""
    building = f"{name}_building"
    _drop(server, building)
    _create(server, building)
    with _turned_to(building):
        call_command("migrate", verbosity=0, skip_checks=True)
    statement = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    server.execute(statement.format(sql.Identifier(building), sql.Identifier(name)))


@contextmanager
def _turned_to(name: str) -> Iterator[None]:
    """Point Django's default connection, in every thread, to another database of the same server."""
    # In place: each thread's connection keeps a reference to this very dictionary.
    described = connections["default"].settings_dict
    before = described["NAME"]
    _reconnect_to(described, name)
    try:
        yield
    finally:
        _reconnect_to(described, before)


def _reconnect_to(described: dict[str, Any], name: str) -> None:
    connections.close_all()
    described["NAME"] = name
    ContentType.objects.clear_cache()


def _migrations_hash() -> str:
    """Of every migration of every installed app, with the SQL beside it."""
    digest = hashlib.sha256()
    for key, migration in sorted(MigrationLoader(None).disk_migrations.items()):
        path = Path(sys.modules[migration.__module__].__file__ or "")
        digest.update(f"{key}\0".encode() + path.read_bytes())
        for statements in sorted(path.parent.glob(f"{path.stem}*.sql")):
            digest.update(statements.read_bytes())
    return digest.hexdigest()[:16]


def _drop_leftovers(server: Connection) -> None:
    """Drop clones of killed processes (nobody holds their lock) and templates several generations old."""
    names = _databases(server)
    for name in [name for name in names if name.startswith(TEMPLATE)][KEPT_TEMPLATES:]:
        _drop(server, name)
    for name in [name for name in names if name.startswith(CLONE)]:
        row = server.execute("SELECT pg_try_advisory_lock(%s)", [_key(name)]).fetchone()
        if row and row[0]:
            _drop(server, name)
            server.execute("SELECT pg_advisory_unlock(%s)", [_key(name)])


def _databases(server: Connection) -> list[str]:
    """The newest first."""
    rows = server.execute("SELECT datname FROM pg_database ORDER BY oid DESC").fetchall()
    return [name for (name,) in rows]


def _create(server: Connection, name: str, template: str = "template1") -> None:
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    try:
        server.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
    except psycopg.errors.InsufficientPrivilege as error:
        raise NoThrowawayDatabase(
            "Scenarios run in databases of their own, and this role may not create any: "
            "ALTER ROLE … CREATEDB, or use another server."
        ) from error


def _drop(server: Connection, name: str) -> None:
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
    server.execute(statement.format(sql.Identifier(name)))


def _lock(server: Connection, name: str) -> None:
    """Held until this connection ends: by that others know that the process lives."""
    server.execute("SELECT pg_advisory_lock(%s)", [_key(name)])


def _key(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
