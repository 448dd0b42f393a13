"""The gateway of a rehearsal: none at all, or a sandbox that forgets everything at the end."""

from __future__ import annotations

import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from os import environ
from tempfile import TemporaryFile

from django.conf import settings
from django.test import override_settings

from apps.scenarios.errors import NoSandbox

# Nothing listens there: a call that no scenario should make fails at once.
NOWHERE = "http://127.0.0.1:1"
_ANNOUNCED = "Sandbox on "


@contextmanager
def no_gateway() -> Iterator[None]:
    """Make sure that a rehearsal cannot reach the gateway of the installation, nor a register of tax ids."""
    with _gateway_at(NOWHERE):
        yield


@contextmanager
def sandbox_gateway() -> Iterator[str]:
    """A sandbox in a process and a memory of its own as the gateway of the block; yields its address.

    Raises:
        NoSandbox: it did not start (503).
    """
    # The sandbox refuses to start beside live keys; it needs none.
    surroundings = {name: value for name, value in environ.items() if not name.startswith("STRIPE_")}
    with TemporaryFile("w+") as complaints:
        process = subprocess.Popen(
            [sys.executable, "-m", "sandbox", "--memory", "--port", "0"],
            cwd=settings.BASE_DIR,
            env=surroundings,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
        )
        try:
            said = process.stdout.readline() if process.stdout else ""
            if not said.startswith(_ANNOUNCED):
                complaints.seek(0)
                raise NoSandbox(f"The gateway's sandbox did not start: {complaints.read().strip()[-500:]}")
            address = said.removeprefix(_ANNOUNCED).strip()
            with _gateway_at(address):
                yield address
        finally:
            process.terminate()
            process.communicate()


@contextmanager
def _gateway_at(address: str) -> Iterator[None]:
    word = secrets.token_hex(16)
    with override_settings(
        STRIPE_API_BASE=address,
        STRIPE_API_HOST=address,
        STRIPE_SECRET_KEY=f"sk_test_{word}",
        STRIPE_PUBLISHABLE_KEY=f"pk_test_{word}",
        # Registers of tax ids are asked in nobody's name, too: what an id's form tells is all that is known.
        VIES_URL="",
    ):
        yield
