from __future__ import annotations

import structlog

from apps.billing.services.clocks.advance_clock import advance_clock
from apps.customers.enums import TestClockStatus
from apps.customers.errors import TestClockRefused
from apps.customers.models import TestClock

logger = structlog.get_logger(__name__)


def resume_clocks() -> int:
    """Advance every clock that is marked as advancing to its target; returns how many arrived.

    One that another process advances is left to it; one that fails keeps its failure, and the
    others go on.
    """
    arrived = 0
    for test_clock in TestClock.objects.filter(status=TestClockStatus.ADVANCING).order_by("pk"):
        if test_clock.target_at is None:
            continue
        try:
            advance_clock(clock_id=test_clock.pk, to=test_clock.target_at)
        except TestClockRefused:
            continue
        except Exception:
            logger.exception("test_clock_failed", test_clock=test_clock.public_id)
            continue
        arrived += 1
    return arrived
