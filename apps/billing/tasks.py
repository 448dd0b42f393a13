"""Ticks and doorbells: each looks for rows that are due, so running twice or not at all does no harm."""

from __future__ import annotations

from celery import shared_task

from apps.billing.services.resume_clocks import resume_clocks
from apps.billing.services.sweep import sweep
from apps.core import clock


@shared_task(name="billing.sweep")
def sweep_due_work() -> None:
    """Do what is due in real time, whatever bell was lost."""
    sweep(at=clock.now())


@shared_task(name="billing.advance_clocks", time_limit=1800, soft_time_limit=1770)
def advance_clocks() -> None:
    """Move every test clock that was told to advance, also one whose process died on the way."""
    resume_clocks()
