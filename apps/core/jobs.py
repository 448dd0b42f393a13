"""Starts background work: always after commit, and only as a doorbell for rows that are already there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any

import structlog
from celery import current_app
from django.db import transaction

logger = structlog.get_logger(__name__)

# One quick second try covers a connection that went stale while idle; more would hold up the request.
RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1}
_silent = ContextVar("silent", default=False)


@contextmanager
def silence() -> Iterator[None]:
    """Ring no bell inside the block.

    For work on rows that the workers must not look for, because they are in another database.
    """
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)


def enqueue(name: str, **kwargs: Any) -> None:
    """Ask a worker to run the task ``name`` once the present transaction has committed.

    ``kwargs`` are ids and plain JSON values. A rollback rings no bell. A dead broker is logged and never
    raised: due work is rows, so the next sweep finds what this bell would have announced.
    """
    if _silent.get():
        return
    transaction.on_commit(partial(_ring, name, kwargs), robust=True)


def _ring(name: str, kwargs: dict[str, Any]) -> None:
    try:
        current_app.send_task(name, kwargs=kwargs, ignore_result=True, retry_policy=RETRY_POLICY)
    except Exception:
        logger.exception("doorbell_lost", task=name)
