"""What every test may use; CONTRIBUTING.md lists it. The fixtures themselves are in `tests/fixtures/`."""

from __future__ import annotations

import os
from pathlib import Path

# pytest-playwright runs an event loop in the thread of the test, where Django would refuse its database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

pytest_plugins = [
    "tests.fixtures.database",
    "tests.fixtures.servers",
    "tests.fixtures.browser",
    "tests.fixtures.pictures",
    *(["tests.fixtures.sandbox"] if (Path(__file__).parent / "fixtures" / "sandbox.py").exists() else []),
    "tests.fixtures.gateway",
    "tests.fixtures.paypal",
    "tests.fixtures.razorpay",
    "tests.fixtures.vies",
]
