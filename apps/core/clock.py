"""The one place that reads the clock; only delivery code calls it."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The present instant, aware, in UTC. Services take ``at`` instead of calling this."""
    return datetime.now(tz=UTC)
