"""An embedded PostgreSQL on a loopback port: `python -m devserver.postgres start|stop|url|status --data DIR`.

`DIR/url` holds the address while the cluster exists. A server found at DATABASE_URL comes first: then nothing
is started, and the address is that one. Two callers at once share one server.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from devserver.binaries import Identity, PostgresUnavailable, runnable_installation, server_identity

ROLE = DATABASE = "monetize"
# Where a root-owned cluster goes when the account that runs it cannot enter the folder that was asked for.
ROOT_STORE = Path("/var/lib/monetize-devserver")
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "max_locks_per_transaction": "256",
    "shared_buffers": "128MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
}
# Larger than any process number that a system gives out.
NO_PROCESS = 2**31 - 2
# For data that may be lost with the machine: tests. A killed process loses nothing even so.
FAST = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off"}


@dataclass(frozen=True, slots=True)
class Cluster:
    """One data folder: `home` is the one that was asked for, `store` where the data really is."""

    home: Path
    store: Path
    identity: Identity

    @classmethod
    def at(cls, home: Path) -> Cluster:
        home = home.absolute()
        home.mkdir(parents=True, exist_ok=True)
        identity = server_identity()
        store = home
        if not identity.may_enter(home):
            store = ROOT_STORE / hashlib.sha256(str(home).encode()).hexdigest()[:16]
            store.mkdir(parents=True, exist_ok=True)
        return cls(home, store, identity)

    @property
    def pgdata(self) -> Path:
        return self.store / "cluster"

    @property
    def complete(self) -> Path:
        """Exists when the cluster was made to its end; a cluster without it is half-made and made anew."""
        return self.store / "cluster.complete"

    @property
    def log(self) -> Path:
        return self.store / "server.log"

    def program(self, name: str) -> str:
        return str(runnable_installation(self.identity, self.store / "binaries") / "bin" / name)

    def run(self, name: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run one of PostgreSQL's programs as the server's account.

        Its output goes to a file: pg_ctl's server inherits what it is given, and a pipe would never end.
        """
        environment = {"PATH": os.environ.get("PATH", ""), "HOME": "/", "LC_ALL": "C", "TZ": "UTC"}
        output = self.store / "command.log"
        with output.open("w") as stream:
            done = subprocess.run(
                [self.program(name), *arguments],
                env=environment,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                **self.identity.popen,
            )
        if check and done.returncode:
            raise PostgresUnavailable(f"{name} failed: {output.read_text().strip() or self.log}")
        return done


@contextlib.contextmanager
def _locked(home: Path) -> Iterator[None]:
    """One caller at a time for a folder; the system releases the lock of a killed one."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def address(home: Path, *, fast: bool = False) -> str:
    """The address of the server at DATABASE_URL, or of the embedded one, which is started."""
    return os.environ.get("DATABASE_URL", "").strip() or start(home, fast=fast)


def start(home: Path, *, fast: bool = False) -> str:
    """Start the embedded server unless it runs, and return its address.

    Raises:
        PostgresUnavailable: with one sentence about what to do.
    """
    with _locked(home):
        cluster = Cluster.at(home)
        if not cluster.complete.exists():
            _make(cluster)
        if is_running(cluster) and not (cluster.home / "url").exists():
            # Whoever started it was killed before the address was written.
            _halt(cluster)
        if not is_running(cluster):
            _forget_dead_server(cluster)
            _launch(cluster, fast=fast)
        return (cluster.home / "url").read_text().strip()


def stop(home: Path) -> bool:
    """Stop this folder's server if it runs, and no other; returns whether it did."""
    if not home.exists():
        return False
    with _locked(home):
        cluster = Cluster.at(home)
        if not is_running(cluster):
            return False
        _halt(cluster)
        return True


def remove(home: Path) -> None:
    """Stop the server and delete its data, wherever that is."""
    stop(home)
    if home.exists():
        store = Cluster.at(home).store
        shutil.rmtree(store, ignore_errors=True)
        shutil.rmtree(home, ignore_errors=True)


def _halt(cluster: Cluster) -> None:
    cluster.run("pg_ctl", "stop", "-D", str(cluster.pgdata), "-m", "fast", "-w", "-t", "30")


def is_running(cluster: Cluster) -> bool:
    """Whether the server that this cluster's pid file names is alive and takes connections or soon will."""
    pid = _recorded_pid(cluster)
    return pid is not None and _is_postgres(pid)


def _recorded_pid(cluster: Cluster) -> int | None:
    try:
        first = (cluster.pgdata / "postmaster.pid").read_text().splitlines()[0]
    except (OSError, IndexError):
        return None
    return int(first) if first.isdecimal() else None


def _is_postgres(pid: int) -> bool:
    """Whether the process exists and is a server: after a restart another program may have the number."""
    process = Path(f"/proc/{pid}")
    if Path("/proc/self").exists():
        try:
            command = (process / "cmdline").read_bytes()
        except OSError:
            return False
    else:
        command = subprocess.run(
            ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, check=False
        ).stdout
    return b"postgres" in command


def _forget_dead_server(cluster: Cluster) -> None:
    """Give a killed server's pid file a number that no process has, in case another program has the old one.

    The file stays: PostgreSQL reads from it whether children of the dead server still use the shared memory,
    and refuses to start beside them.
    """
    pid_file = cluster.pgdata / "postmaster.pid"
    if _recorded_pid(cluster) is not None:
        lines = pid_file.read_text().splitlines(keepends=True)
        pid_file.write_text("".join([f"{NO_PROCESS}\n", *lines[1:]]))


def _make(cluster: Cluster) -> None:
    """initdb with a generated password; whatever an interrupted try has left is removed first."""
    shutil.rmtree(cluster.pgdata, ignore_errors=True)
    cluster.pgdata.mkdir(mode=0o700)
    cluster.identity.own(cluster.pgdata)
    password = secrets.token_urlsafe(24)
    secret = cluster.store / "password"
    secret.unlink(missing_ok=True)
    with os.fdopen(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(password)
    cluster.identity.own(secret)
    arguments = [
        "-D",
        str(cluster.pgdata),
        "-U",
        ROLE,
        "-A",
        "scram-sha-256",
        f"--pwfile={secret}",
        "-E",
        "UTF8",
    ]
    if _major_version(cluster) >= 17:
        # Folds the case of every letter, and sorts alike on every machine.
        arguments += ["--locale-provider=builtin", "--locale=C.UTF-8"]
    else:
        arguments += ["--no-locale"]
    cluster.run("initdb", *arguments, "--no-sync")
    cluster.complete.touch()


def _major_version(cluster: Cluster) -> int:
    answer = subprocess.run(
        [cluster.program("postgres"), "--version"], capture_output=True, text=True, check=True, cwd="/"
    )
    return int(answer.stdout.split()[2].partition(".")[0])


def _launch(cluster: Cluster, *, fast: bool) -> None:
    port = _free_port(cluster)
    cluster.log.touch()
    cluster.identity.own(cluster.log)
    settings = {**SETTINGS, **(FAST if fast else {}), "port": str(port)}
    options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
    arguments = ["start", "-D", str(cluster.pgdata), "-l", str(cluster.log), "-o", options, "-w", "-t", "60"]
    # Children of a killed server need a moment to notice; until then the shared memory is taken.
    deadline = time.monotonic() + 20
    while cluster.run("pg_ctl", *arguments, check=False).returncode:
        if time.monotonic() > deadline:
            raise PostgresUnavailable(f"PostgreSQL did not start; {cluster.log} says why.")
        time.sleep(0.5)
    password = (cluster.store / "password").read_text()
    _create_database(cluster, port, password)
    recorded = cluster.home / "url"
    with os.fdopen(os.open(recorded, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        stream.write(f"postgresql://{ROLE}:{password}@127.0.0.1:{port}/{DATABASE}\n")
    (cluster.home / "port").write_text(f"{port}\n")


def _create_database(cluster: Cluster, port: int, password: str) -> None:
    created = subprocess.run(
        [cluster.program("createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", ROLE, DATABASE],
        env={**os.environ, "PGPASSWORD": password},
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    if created.returncode and "already exists" not in created.stderr:
        raise PostgresUnavailable(f"createdb failed: {created.stderr.strip()}")


def _free_port(cluster: Cluster) -> int:
    """The port of last time when nobody has taken it, else any free one."""
    recorded = cluster.home / "port"
    wanted = recorded.read_text().strip() if recorded.exists() else ""
    for candidate in [int(wanted)] if wanted.isdecimal() else []:
        if is_free(candidate):
            return candidate
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        # As servers do: a connection that is still closing does not make the port taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m devserver.postgres", description=__doc__)
    parser.add_argument("verb", choices=["start", "stop", "url", "status", "remove"])
    parser.add_argument("--data", type=Path, default=Path(".data/dev"), help="the folder of the cluster")
    parser.add_argument(
        "--fast", action="store_true", help="do not wait for the disk: for data that may be lost"
    )
    given = parser.parse_args(arguments)
    try:
        return _perform(given.verb, given.data, fast=given.fast)
    except PostgresUnavailable as refusal:
        print(refusal, file=sys.stderr)
        return 1


def _perform(verb: str, home: Path, *, fast: bool) -> int:
    if verb == "start":
        print(address(home, fast=fast))
        return 0
    if verb == "stop":
        stop(home)
        return 0
    if verb == "remove":
        remove(home)
        return 0
    recorded = home / "url"
    running = home.exists() and is_running(Cluster.at(home))
    if verb == "url" and recorded.exists():
        print(recorded.read_text().strip())
    elif verb == "status":
        print("running" if running else "stopped")
    return 0 if running else 1


if __name__ == "__main__":
    raise SystemExit(main())
