"""A child process that is restarted a few times, and processes that an earlier run left behind."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

RESTARTS = 3
# A child that lived this long starts with a clean record.
STABLE_SECONDS = 60.0
STOP_SECONDS = 12.0


class ChildKeepsDying(Exception):
    """A child died more often than it is restarted; the message names its log."""


@dataclass(slots=True)
class Child:
    """One program of the demo, the leader of a process group of its own."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    folder: Path
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = field(default=0)

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.started = time.monotonic()

    def watch(self) -> bool:
        """Restart the child if it died; returns whether it was restarted.

        Raises:
            ChildKeepsDying: after a few restarts in a short time.
        """
        if self.process is None or self.process.poll() is None:
            return False
        if time.monotonic() - self.started > STABLE_SECONDS:
            self.deaths = 0
        self.deaths += 1
        # What the dead leader started must not stay beside its successor.
        end_group(self.process.pid, signal.SIGKILL)
        if self.deaths > RESTARTS:
            raise ChildKeepsDying(f"{self.name} stopped {self.deaths} times; {self.log} says why.")
        time.sleep(0.5 * self.deaths)
        self.start()
        return True

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                # Only the leader: it stops its own children in its own order.
                self.process.terminate()

    def stop(self) -> None:
        """Wait for the child that was asked, then end whatever is left of its group."""
        if self.process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.1, STOP_SECONDS))
        end_group(self.process.pid, signal.SIGKILL)
        self.process.wait()


def end_group(leader: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def birth(pid: int) -> str | None:
    """What tells a process from a later one with the same number: its start time; None when there is none."""
    try:
        # The second field is a name in brackets that may hold blanks; the start time is the 22nd.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        if Path("/proc/self").exists():
            return None
        answer = subprocess.run(
            ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        return answer.stdout.strip() or None
    return None if fields[0] == "Z" else fields[19]


def record(path: Path, children: list[Child]) -> None:
    """Note who runs, for the start after a kill."""
    running = {child.name: child.process.pid for child in children if child.process is not None}
    path.write_text(json.dumps({name: [pid, birth(pid)] for name, pid in running.items()}))


def end_leftovers(path: Path) -> list[str]:
    """End the processes that a killed run left behind, and no other; returns their names."""
    try:
        recorded = json.loads(path.read_text())
    except (OSError, ValueError):
        return []
    ended = []
    for name, (pid, born) in recorded.items():
        if born is not None and birth(pid) == born:
            end_group(pid, signal.SIGTERM)
            ended.append(name)
    deadline = time.monotonic() + STOP_SECONDS
    while (
        ended and time.monotonic() < deadline and any(birth(pid) == born for pid, born in recorded.values())
    ):
        time.sleep(0.1)
    for name, (pid, born) in recorded.items():
        if name in ended and birth(pid) == born:
            end_group(pid, signal.SIGKILL)
    path.unlink(missing_ok=True)
    return ended
