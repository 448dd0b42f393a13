"""The environment of the demo's processes; its secrets are made once and kept."""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import string
from pathlib import Path

from devserver import postgres

SANDBOX_PORT = 8421
_LETTERS = string.ascii_letters + string.digits


def demo_environment(data: Path, *, port: int, database: str) -> dict[str, str]:
    """All of the variables that monetize/env.py asks for, on top of the caller's own."""
    kept = _kept_secrets(data / "environment.json")
    sandbox = f"http://127.0.0.1:{_sandbox_port(data)}"
    return {
        **os.environ,
        **kept,
        "DJANGO_SETTINGS_MODULE": "monetize.settings.demo",
        "PYTHONUNBUFFERED": "1",
        "DATABASE_URL": database,
        "SITE_URL": f"http://127.0.0.1:{port}",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "STRIPE_API_HOST": sandbox,
        "STRIPE_JS_URL": f"{sandbox}/js.stripe.com/v3/",
        "PROMETHEUS_MULTIPROC_DIR": str(_emptied(data / "metrics")),
        "EMAIL_URL": f"file:{data / 'mail'}",
        # The demo calls nobody outside of this machine.
        "VIES_URL": "none",
        # A visitor of the demo has no authenticator to enrol.
        "STAFF_MFA_REQUIRED": os.environ.get("STAFF_MFA_REQUIRED", "no"),
        "LOG_FORMAT": os.environ.get("LOG_FORMAT", "console"),
    }


def _emptied(folder: Path) -> Path:
    """Request times count from this start on: files of dead processes would be added up for ever."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def _kept_secrets(path: Path) -> dict[str, str]:
    if path.exists():
        return dict(json.loads(path.read_text()))
    made = {
        "SECRET_KEY": _word(50),
        "FIELD_ENCRYPTION_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "STRIPE_SECRET_KEY": f"sk_test_{_word(32)}",
        "STRIPE_PUBLISHABLE_KEY": f"pk_test_{_word(32)}",
        "STRIPE_WEBHOOK_SECRET": f"whsec_{_word(32)}",
    }
    unfinished = path.with_suffix(".new")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        json.dump(made, stream, indent=2)
    # Whole or not at all: half a file would be secrets that nobody can read again.
    unfinished.replace(path)
    return made


def _word(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def _sandbox_port(data: Path) -> int:
    """The port of last time while it is free: the pages that a browser holds open name it."""
    recorded = data / "sandbox.port"
    last = int(recorded.read_text()) if recorded.exists() else SANDBOX_PORT
    candidates: list[int] = [last, *range(SANDBOX_PORT, 65535)]
    port = next(candidate for candidate in candidates if postgres.is_free(candidate))
    recorded.write_text(str(port))
    return port
