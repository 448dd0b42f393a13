from __future__ import annotations

from celery import shared_task

from apps.core import clock
from apps.usage.months import MONTHS_AHEAD, months_ahead
from apps.usage.services.make_partitions import make_partitions
from apps.usage.services.roll_up import roll_up


@shared_task(name="usage.make_partitions")
def make_coming_partitions() -> None:
    """Each day, long before a month begins; intake would make a missing one itself."""
    make_partitions(months=months_ahead(clock.now(), MONTHS_AHEAD))


@shared_task(name="usage.roll_up")
def roll_up_days() -> None:
    """Soon after midnight (UTC), and again for what came late."""
    roll_up(at=clock.now())
