"""A PostgreSQL for `manage.py scenarios` where none runs: started for the command, stopped after it.

Scenarios live in throw-away databases, so any server will do: the one of `.data/dev`, a running demo's, or
one on the standard port. When none of them answers, the embedded one is started with its data in
`.data/scenarios`.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg

from devserver import postgres

DATA = Path(__file__).resolve().parents[1] / ".data"
STANDARD = "postgresql://monetize@127.0.0.1:5432/monetize"
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def wants_server(arguments: list[str]) -> bool:
    """Whether a command line runs scenarios and nobody has said on which server."""
    if os.environ.get("DATABASE_URL", "").strip() or arguments[1:2] != ["scenarios"]:
        return False
    given = set(arguments[2:])
    return any(not word.startswith("-") for word in given) and not given & {"-h", "--help", "--deviations"}


@contextlib.contextmanager
def scenario_server() -> Iterator[None]:
    """Let DATABASE_URL be a server that answers while the block runs; one that was started here is stopped.

    Raises:
        PostgresUnavailable: none answers and none can be started; one sentence says what to do.
    """
    running = _answering()
    if running:
        os.environ["DATABASE_URL"] = running
        yield
        return
    with _embedded(DATA / "scenarios") as address:
        os.environ["DATABASE_URL"] = address
        yield


def _answering() -> str | None:
    recorded = (DATA / "dev" / "url", DATA / "demo" / "postgres" / "url")
    for address in [*(path.read_text().strip() for path in recorded if path.exists()), STANDARD]:
        with contextlib.suppress(psycopg.Error), psycopg.connect(address, connect_timeout=2):
            return address
    return None


@contextlib.contextmanager
def _embedded(home: Path) -> Iterator[str]:
    """The embedded server's address; the last of several commands that share it stops it."""
    home.mkdir(parents=True, exist_ok=True)
    for number in STOPPING:
        signal.signal(number, signal.default_int_handler)
    with (home / "users").open("a") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            if not (home / "cluster.complete").exists():
                print(
                    "Preparing a PostgreSQL in .data/scenarios: the first run takes a minute …",
                    file=sys.stderr,
                )
            yield postgres.start(home, fast=True)
        finally:
            # A second Ctrl-C must not leave the server running.
            for number in STOPPING:
                signal.signal(number, signal.SIG_IGN)
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                postgres.stop(home)
