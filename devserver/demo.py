"""The supervisor of `make demo`: `python -m devserver.demo start|reset`.

Starts PostgreSQL, the sandbox gateway, the web server, a worker and beat; fills the shop when it is empty;
stops all of it again on Ctrl-C. Everything it keeps is in `.data/demo`.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable, Iterator
from pathlib import Path

from devserver import postgres
from devserver.binaries import PostgresUnavailable
from devserver.environment import demo_environment
from devserver.process import Child, ChildKeepsDying, birth, end_leftovers, record

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / ".data" / "demo"
READY_SECONDS = 60.0


class CannotStart(Exception):
    """The demo cannot run; the message is one sentence that says what to do."""


class Demo:
    """One run of the demo on one port."""

    def __init__(self, port: int, *, empty: bool) -> None:
        self.port = port
        self.empty = empty
        self.children: list[Child] = []
        self.environment: dict[str, str] = {}

    def run(self) -> None:
        """Start everything, then watch it until somebody asks to stop."""
        begun = time.monotonic()
        for name in end_leftovers(DATA / "processes.json"):
            print(f"Ended {name}, which an earlier run had left behind.")
        if not postgres.is_free(self.port):
            raise CannotStart(
                f"Port {self.port} is taken: stop what listens there, or choose another: make demo PORT=8080."
            )
        database = postgres.address(DATA / "postgres")
        self.environment = demo_environment(DATA, port=self.port, database=database)
        self._start("sandbox", *self._sandbox())
        self._prepare()
        self._start("web", *self._web())
        self._wait_for(f"{self.environment['SITE_URL']}/healthz", "web")
        if not self.empty:
            # A year's commits need not wait for the disk one by one: a broken one is thrown away whole.
            hasty = {"PGOPTIONS": "-c synchronous_commit=off"}
            self._manage("demo_shop", "--logins", str(DATA / "logins.txt"), shown=True, **hasty)
        self._start("worker", *_worker())
        self._start("beat", "celery", "-A", "monetize", "beat", "-l", "WARNING", "--pidfile=")
        self._wait_for(f"{self.environment['SITE_URL']}/readyz", "web")
        self._welcome(time.monotonic() - begun)
        self._watch()

    def stop(self) -> None:
        """End what this run started, last first; the data stays."""
        for child in reversed(self.children):
            child.ask_to_stop()
        for child in reversed(self.children):
            child.stop()
        (DATA / "processes.json").unlink(missing_ok=True)
        if not os.environ.get("DATABASE_URL"):
            postgres.stop(DATA / "postgres")

    def _prepare(self) -> None:
        """Migrate and collect static files, each only when what it works on has changed."""
        # Kept beside the data of the embedded server: when that is deleted, so is this.
        migrated = DATA / "postgres" / "migrated"
        wanted = _fingerprint(
            [
                *ROOT.glob("apps/*/migrations/*"),
                *ROOT.glob("monetize/djstripe_migrations/*.py"),
                *ROOT.glob("apps/taxes/data/*.csv"),
            ]
        )
        if os.environ.get("DATABASE_URL") or _read(migrated) != wanted:
            print("Preparing the database …", flush=True)
            self._manage("migrate", "--verbosity", "0", "--skip-checks")
            self._manage("load_tax_rates", "--skip-checks")
            migrated.parent.mkdir(parents=True, exist_ok=True)
            migrated.write_text(wanted)
        collected = DATA / "static" / "collected"
        wanted = _fingerprint(path for path in (ROOT / "static").rglob("*") if path.is_file())
        if _read(collected) != wanted:
            print("Collecting static files …", flush=True)
            self._manage("collectstatic", "--noinput", "--clear", "--verbosity", "0", "--skip-checks")
            collected.write_text(wanted)

    def _manage(self, *arguments: str, shown: bool = False, **surroundings: str) -> None:
        log = DATA / "logs" / f"{arguments[0]}.log"
        command = [sys.executable, "manage.py", *arguments]
        with log.open("wb") as stream, _interruptible() as running:
            output = None if shown else stream
            running.append(
                subprocess.Popen(
                    command, cwd=ROOT, env=self.environment | surroundings, stdout=output, stderr=output
                )
            )
            status = running[0].wait()
        if status:
            where = "" if shown else f" {log} says why."
            raise CannotStart(f"`manage.py {arguments[0]}` failed.{where}")

    def _start(self, name: str, *module: str) -> None:
        log = DATA / "logs" / f"{name}.log"
        child = Child(name, [sys.executable, "-m", *module], self.environment, log, ROOT)
        self.children.append(child)
        child.start()
        record(DATA / "processes.json", self.children)
        if name == "sandbox":
            self._wait_for(f"{self.environment['STRIPE_API_HOST']}/healthz", name)

    def _sandbox(self) -> list[str]:
        port = self.environment["STRIPE_API_HOST"].rpartition(":")[2]
        return ["sandbox", "--port", port, "--data", str(DATA / "sandbox.sqlite3")]

    def _web(self) -> list[str]:
        address = ["--host", "127.0.0.1", "--port", str(self.port)]
        size = ["--workers", "2", "--blocking-threads", "4", "--respawn-failed-workers"]
        return [
            "granian",
            "--interface",
            "wsgi",
            *address,
            *size,
            "--log-level",
            "warning",
            "monetize.wsgi:application",
        ]

    def _wait_for(self, url: str, name: str) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            for child in self.children:
                child.watch()
            with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=3) as answer:
                if answer.status == 200:
                    return
            time.sleep(0.1)
        raise CannotStart(f"{url} did not become ready; {DATA / 'logs' / name}.log says why.")

    def _welcome(self, seconds: float) -> None:
        site = self.environment["SITE_URL"]
        rows = {
            "Customer portal": f"{site}/",
            "Staff dashboard": f"{site}/staff/",
            "Administration": f"{site}/admin/",
            "API and its docs": f"{site}/api/docs/",
            "Sandbox gateway": f"{self.environment['STRIPE_API_HOST']}/",
            "Mails": str(DATA / "mail"),
            "Logs": str(DATA / "logs"),
        }
        print(f"\nMonetize is ready after {seconds:.0f} s.\n")
        print("\n".join(f"  {name:<18} {address}" for name, address in rows.items()))
        logins = _read(DATA / "logins.txt")
        if logins:
            print(f"\n{logins.rstrip()}")
        print("\nCtrl-C stops everything; `make demo` brings it back with its data.", flush=True)

    def _watch(self) -> None:
        turn = 0
        while True:
            time.sleep(1)
            turn += 1
            for child in self.children:
                if child.watch():
                    record(DATA / "processes.json", self.children)
                    print(f"{child.name} had stopped and was started again; {child.log}", flush=True)
            if turn % 5 == 0:
                # Does nothing while the server runs, and starts one that was killed.
                postgres.address(DATA / "postgres")


def _worker() -> list[str]:
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return ["celery", "-A", "monetize", "worker", "-l", "INFO", "--pool", "prefork", "-c", "2", *quiet]


@contextlib.contextmanager
def _interruptible() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Ends the command that is running when the supervisor is asked to stop."""
    running: list[subprocess.Popen[bytes]] = []
    try:
        yield running
    finally:
        for process in running:
            if process.poll() is None:
                process.terminate()
                process.wait()


def _fingerprint(paths: Iterable[Path]) -> str:
    """Of names and contents, and of the pins: packages bring migrations and static files too."""
    digest = hashlib.sha256()
    for path in sorted([*paths, ROOT / "requirements.txt"]):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def start(port: int, *, empty: bool) -> int:
    (DATA / "logs").mkdir(parents=True, exist_ok=True)
    with (DATA / "supervisor").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("The demo runs already: stop it with Ctrl-C in its terminal first.", file=sys.stderr)
            return 1
        lock.truncate(0)
        lock.write(f"{os.getpid()} {birth(os.getpid())}")
        lock.flush()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.default_int_handler)
        return _run(Demo(port, empty=empty))


def _run(demo: Demo) -> int:
    try:
        demo.run()
    except KeyboardInterrupt:
        print("\nStopping …", flush=True)
        return 0
    except (CannotStart, ChildKeepsDying, PostgresUnavailable) as refusal:
        print(refusal, file=sys.stderr)
        return 1
    finally:
        # A second Ctrl-C must not leave half of it running.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        demo.stop()
    return 0


def reset() -> int:
    """Stop a running demo and delete its data."""
    pid, _, born = _read(DATA / "supervisor").partition(" ")
    if pid.isdecimal() and birth(int(pid)) == born:
        os.kill(int(pid), signal.SIGTERM)
        deadline = time.monotonic() + 60
        while birth(int(pid)) == born and time.monotonic() < deadline:
            time.sleep(0.2)
    end_leftovers(DATA / "processes.json")
    postgres.remove(DATA / "postgres")
    shutil.rmtree(DATA, ignore_errors=True)
    print("The demo's data is gone; `make demo` starts anew.")
    return 0


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m devserver.demo", description=__doc__)
    parser.add_argument("verb", choices=["start", "reset"])
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
    parser.add_argument("--empty", action="store_true", help="do not fill the shop")
    given = parser.parse_args(arguments)
    return reset() if given.verb == "reset" else start(given.port, empty=given.empty)


if __name__ == "__main__":
    raise SystemExit(main())
