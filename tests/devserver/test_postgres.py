"""The embedded server recovers from what happens to servers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from devserver import postgres
from devserver.process import birth


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "postgres"
    yield folder
    postgres.remove(folder)


def test_start_twice_is_one_server_at_one_address(home: Path) -> None:
    first = postgres.start(home, fast=True)
    pid = server_pid(home)

    second = postgres.start(home, fast=True)

    assert (second, server_pid(home)) == (first, pid)
    assert answer(first, "SELECT lower('ÉÄ')") == "éä"


def test_start_after_a_kill_keeps_data_and_port(home: Path) -> None:
    address = postgres.start(home, fast=True)
    with psycopg.connect(address) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS number")
    os.kill(server_pid(home), signal.SIGKILL)

    again = postgres.start(home, fast=True)

    assert again == address
    assert answer(again, "SELECT number FROM kept") == 42


def test_start_with_a_pid_file_that_names_another_program(home: Path) -> None:
    address = postgres.start(home, fast=True)
    pid_file = postgres.Cluster.at(home).pgdata / "postmaster.pid"
    lines = pid_file.read_text().splitlines(keepends=True)
    postgres.stop(home)
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    pid_file.write_text("".join([f"{stranger.pid}\n", *lines[1:]]))

    again = postgres.start(home, fast=True)

    assert again == address
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_start_makes_a_half_made_cluster_anew(home: Path) -> None:
    postgres.start(home, fast=True)
    postgres.stop(home)
    cluster = postgres.Cluster.at(home)
    cluster.complete.unlink()
    (cluster.pgdata / "PG_VERSION").unlink()

    address = postgres.start(home, fast=True)

    assert answer(address, "SELECT 1") == 1


def test_stop_leaves_nothing_running(home: Path) -> None:
    postgres.start(home, fast=True)
    pid = server_pid(home)

    stopped = postgres.stop(home)

    assert stopped is True
    assert postgres.stop(home) is False
    assert birth(pid) is None


def test_address_prefers_the_server_that_is_given(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me@db.example.com/shop")

    assert postgres.address(home) == "postgresql://me@db.example.com/shop"
    assert not home.exists()


def server_pid(home: Path) -> int:
    return int((postgres.Cluster.at(home).pgdata / "postmaster.pid").read_text().splitlines()[0])


def answer(address: str, statement: str) -> object:
    with psycopg.connect(address) as connection:
        row = connection.execute(statement).fetchone()
    assert row is not None
    return row[0]
