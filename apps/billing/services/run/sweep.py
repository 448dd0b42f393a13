from __future__ import annotations

from datetime import datetime

from apps.core.due_work import Scope, registered_due_work
from apps.core.jobs import enqueue
from apps.customers.enums import TestClockStatus
from apps.customers.models import TestClock

# One sweep is bounded, so that a flood of one kind of work does not starve the others for long.
MAX_ROUNDS = 50

REAL_TIME = Scope(None)


def sweep(*, at: datetime) -> int:
    """Do all work that is due in real time at or before `at`; any number of sweeps may run at once.

    Returns how many rows were handled. Test clocks that are to advance get a worker of their own.
    """
    handled = 0
    for _ in range(MAX_ROUNDS):
        done = sum(work.run_due(REAL_TIME, at) for work in registered_due_work())
        handled += done
        if not done:
            break
    if TestClock.objects.filter(status=TestClockStatus.ADVANCING).exists():
        enqueue("billing.advance_clocks")
    return handled
