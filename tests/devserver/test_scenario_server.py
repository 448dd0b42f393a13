"""`manage.py scenarios` where no database runs, as the program that people call."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from devserver import postgres
from devserver.scenario_server import wants_server

ROOT: Path = settings.BASE_DIR
# The real manage.py with a data folder of the test's own, on a machine where nothing listens on 5432.
PROGRAM = """
import sys
from pathlib import Path
import manage
from devserver import scenario_server
scenario_server.DATA = Path(sys.argv.pop(1))
scenario_server.STANDARD = "postgresql://nobody@127.0.0.1:1/nothing"
manage.main()
"""
NO_POSTGRES = """
from devserver import binaries, postgres
def refuse(*arguments):
    raise binaries.PostgresUnavailable("No PostgreSQL was found: install it.")
postgres.runnable_installation = refuse
"""


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    postgres.remove(tmp_path / "scenarios")


def call(data: Path, *paths: str, program: str = PROGRAM) -> subprocess.Popen[str]:
    unset = ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", program, str(data), "scenarios", *paths],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name not in unset},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def is_stopped(data: Path) -> bool:
    return not postgres.is_running(postgres.Cluster.at(data / "scenarios"))


@pytest.mark.slow
def test_command_starts_a_server_for_itself_and_stops_it(data: Path) -> None:
    called = call(data, "docs/scenarios/month-end-upgrade.yaml")

    printed, _ = called.communicate(timeout=240)

    assert (called.returncode, printed) == (0, "1 passed, 0 failed, 0 declined\n")
    assert is_stopped(data)


@pytest.mark.slow
def test_command_that_is_interrupted_stops_its_server(data: Path) -> None:
    called = call(data, "docs/scenarios/month-end-upgrade.yaml")
    deadline = time.monotonic() + 120
    while not (data / "scenarios" / "url").exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)

    # As a terminal does it: to every process of the group.
    os.killpg(called.pid, signal.SIGINT)
    _, complaint = called.communicate(timeout=60)

    assert called.returncode == 1
    assert complaint.splitlines()[-1] == "Stopped."
    assert is_stopped(data)


def test_command_without_any_postgres_says_what_to_do(data: Path) -> None:
    called = call(data, "docs/scenarios", program=NO_POSTGRES + PROGRAM)

    _, complaint = called.communicate(timeout=60)

    assert called.returncode == 1
    assert complaint.splitlines()[-1] == "No PostgreSQL was found: install it."
    assert "Traceback" not in complaint


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("manage.py scenarios docs/scenarios", True),
        ("manage.py scenarios", False),
        ("manage.py scenarios --deviations", False),
        ("manage.py scenarios docs/scenarios --help", False),
        ("manage.py migrate", False),
        ("manage.py", False),
    ],
)
def test_server_is_wanted_only_by_a_run_of_scenarios(
    line: str, wanted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)

    assert wants_server(line.split()) is wanted


def test_server_that_is_named_is_the_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://monetize@127.0.0.1:1/nothing")

    assert not wants_server(["manage.py", "scenarios", "docs/scenarios"])
