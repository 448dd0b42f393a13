from __future__ import annotations

import importlib
import re

from monetize.celery import TIMETABLE, app
from tests.architecture.sources import ROOT

# Rung by services when there is something to do; the sweep finds what a lost bell would have announced.
DOORBELLS = {"billing.collect", "billing.advance_clocks"}


def known_tasks() -> set[str]:
    names = [path.parent.name for path in ROOT.glob("apps/*/tasks.py")]
    for name in names:
        importlib.import_module(f"apps.{name}.tasks")
    return {task for task in app.tasks if task.split(".")[0] in names}


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
