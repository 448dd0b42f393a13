from __future__ import annotations

from datetime import datetime, timedelta

from apps.billing.services.clocks.advance_clock import begin_advance
from apps.core.errors import InvalidInput
from apps.core.jobs import enqueue
from apps.customers.models import TestClock

# A typing error of a century would keep a worker busy for hours.
MAX_STEP = timedelta(days=2 * 366)


def request_advance(*, test_clock: TestClock, to: datetime) -> TestClock:
    """Note that a clock is to move to `to` (UTC) and ring for a worker; its status tells when it is there.

    Raises:
        InvalidInput: it is more than two years away (422).
        TestClockRefused: it is released, advancing already, or would go backwards (409).
    """
    if to - test_clock.now_at > MAX_STEP:
        raise InvalidInput("A clock moves at most two years at once.", field="to")
    begin_advance(clock_id=test_clock.pk, to=to, resume=False)
    enqueue("billing.advance_clocks")
    test_clock.refresh_from_db()
    return test_clock
