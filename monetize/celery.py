"""The Celery application and the whole timetable."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "monetize.settings.dev")

# Task name and seconds between two ticks. Each task looks for rows that are due and stops when there are
# none, so running it twice, late or not at all for a while gives the same result.
TIMETABLE: list[tuple[str, float]] = [
    ("audit.seal", 5),
    ("billing.process_inbox", 5),
    ("billing.resolve_payments", 10),
    ("notifications.deliver", 5),
    ("billing.sweep", 10),
    ("reporting.project", 10),
    ("core.purge_expired", 3600),
    # Once a day would do; beat counts from its start, so a daily tick would be lost to daily deployments.
    ("usage.make_partitions", 3600),
    ("usage.roll_up", 300),
    # Each gateway once a day; the tick looks which were not compared yet.
    ("payments.reconcile", 3600),
]


def _schedule() -> dict[str, dict[str, Any]]:
    # A tick that nobody took before the next one is dropped: a stopped worker must not come back to a pile.
    return {
        name: {"task": name, "schedule": seconds, "options": {"expires": max(2 * seconds, 30)}}
        for name, seconds in TIMETABLE
    }


app = Celery("monetize")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = _schedule()
app.autodiscover_tasks()
