"""The id that ties an answer, its log lines and its events together."""

from __future__ import annotations

import structlog


def current_request_id() -> str:
    """The id that the request middleware bound to the log context; empty outside of a request."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))
