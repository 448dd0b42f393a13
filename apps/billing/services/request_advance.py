from __future__ import annotations

from datetime import datetime

from apps.billing.services.advance_clock import begin_advance
from apps.core.jobs import enqueue
from apps.customers.models import TestClock


def request_advance(*, test_clock: TestClock, to: datetime) -> TestClock:
    """Note that a clock is to move to `to` (UTC) and ring for a worker; its status tells when it is there.

    Raises:
        TestClockRefused: it is released, advancing already, or would go backwards (409).
    """
    begin_advance(clock_id=test_clock.pk, to=to, resume=False)
    enqueue("billing.advance_clocks")
    test_clock.refresh_from_db()
    return test_clock
