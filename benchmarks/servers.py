"""A PostgreSQL of its own (durable, as in production) and the bundled web server on it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from devserver import postgres

ROOT = Path(__file__).resolve().parents[1]
# Two runs at once do not meet.
HOME = ROOT / ".data" / f"bench-{os.getpid()}"


@contextlib.contextmanager
def fresh_database() -> Iterator[str]:
    """A new, migrated cluster with fsync on; sets DATABASE_URL, and is deleted afterwards."""
    os.environ.pop("DATABASE_URL", None)
    home = HOME / "postgres"
    # A terminated run stops what it started, like an interrupted one.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    url = postgres.start(home)
    os.environ["DATABASE_URL"] = url
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "monetize.settings.dev")
    try:
        run("manage.py", "migrate", "--verbosity", "0", "--skip-checks")
        yield url
    finally:
        postgres.remove(home)
        shutil.rmtree(HOME, ignore_errors=True)


def run(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, stdin=subprocess.DEVNULL)


@contextlib.contextmanager
def web_server(*, workers: int = 2, threads: int = 4) -> Iterator[int]:
    """granian, as `make demo` runs it, on a free port; DEBUG is off."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"),
            *("--port", str(port), "--workers", str(workers), "--blocking-threads", str(threads)),
            *("--log-level", "warning", "monetize.wsgi:application"),
        ],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "benchmarks.settings"},
        stdin=subprocess.DEVNULL,
        stdout=(HOME / "web.log").open("wb"),
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        _wait(f"http://127.0.0.1:{port}/healthz", process)
        yield port
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2) as answer:
            if answer.status == 200:
                return
        time.sleep(0.05)
    raise SystemExit(f"The web server did not start:\n{(HOME / 'web.log').read_text()[-2000:]}")
