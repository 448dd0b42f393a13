"""Children are restarted a few times; what a killed run left behind is ended, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from devserver.process import RESTARTS, Child, ChildKeepsDying, birth, end_leftovers, record


def test_child_that_dies_once_is_started_again(tmp_path: Path) -> None:
    child = make_child(tmp_path, "import time; time.sleep(60)")
    child.start()
    first = process_of(child)
    first.kill()
    first.wait()

    restarted = child.watch()

    assert restarted is True
    assert process_of(child).poll() is None
    child.ask_to_stop()
    child.stop()
    assert process_of(child).poll() is not None


def test_child_that_keeps_dying_is_given_up_with_its_log(tmp_path: Path) -> None:
    child = make_child(tmp_path, "print('a reason'); raise SystemExit(1)")
    child.start()

    for _ in range(RESTARTS):
        process_of(child).wait()
        child.watch()
    process_of(child).wait()
    with pytest.raises(ChildKeepsDying, match=r"broken\.log says why"):
        child.watch()
    assert child.log.read_text().count("a reason") == RESTARTS + 1


def test_leftovers_of_a_killed_run_are_ended(tmp_path: Path) -> None:
    child = make_child(tmp_path, "import time; time.sleep(60)")
    child.start()
    record(tmp_path / "processes.json", [child])

    ended = end_leftovers(tmp_path / "processes.json")

    assert ended == ["broken"]
    assert process_of(child).wait(5) != 0
    assert not (tmp_path / "processes.json").exists()


def test_leftovers_spare_a_stranger_with_a_recorded_number(tmp_path: Path) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    (tmp_path / "processes.json").write_text(json.dumps({"web": [stranger.pid, "born earlier"]}))

    ended = end_leftovers(tmp_path / "processes.json")

    assert ended == []
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_birth_tells_two_processes_apart() -> None:
    time.sleep(0.05)
    later = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])

    assert birth(os.getpid()) != birth(later.pid)
    later.kill()
    later.wait()
    assert birth(later.pid) is None


def make_child(folder: Path, program: str) -> Child:
    return Child("broken", [sys.executable, "-c", program], dict(os.environ), folder / "broken.log", folder)


def process_of(child: Child) -> subprocess.Popen[bytes]:
    assert child.process is not None
    return child.process
