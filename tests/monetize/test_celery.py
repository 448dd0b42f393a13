from __future__ import annotations

import re

from monetize.celery import TIMETABLE
from tests.architecture.sources import ROOT

# Rung by services when there is something to do; the sweep finds what a lost bell would have announced.
DOORBELLS = {"billing.collect", "billing.advance_clocks"}


def known_tasks() -> set[str]:
    """Read from the sources: an import would register the tasks, and later tests would run them eagerly."""
    sources = "".join(path.read_text() for path in ROOT.glob("apps/*/tasks.py"))
    return set(re.findall(r'@shared_task\(\s*name="([^"]+)"', sources))


def test_every_tick_names_an_existing_task() -> None:
    assert {name for name, _ in TIMETABLE} - known_tasks() == set()


def test_every_task_is_a_tick_or_a_doorbell() -> None:
    assert known_tasks() == {name for name, _ in TIMETABLE} | DOORBELLS


def test_every_tick_comes_within_an_hour_of_a_start_of_beat() -> None:
    assert {name for name, seconds in TIMETABLE if not 0 < seconds <= 3600} == set()


def test_every_task_is_documented() -> None:
    operations = (ROOT / "docs" / "operations.md").read_text()
    written = set(re.findall(r"^\| `([a-z_]+\.[a-z_]+)`", operations, flags=re.MULTILINE))

    assert written == known_tasks()
