"""The one place where the sandbox reads the time: real time, as a gateway's own clock."""

from __future__ import annotations

import time


def now() -> float:
    """Seconds since the epoch, UTC."""
    return time.time()
