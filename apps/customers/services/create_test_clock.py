from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.accounts.models import Brand
from apps.audit.services.record import record_event
from apps.customers.errors import TestClockRefused
from apps.customers.models import TestClock


@transaction.atomic
def create_test_clock(
    *, brand: Brand, livemode: bool, now_at: datetime, at: datetime, name: str = ""
) -> TestClock:
    """Make a clock that stands at `now_at` until it is advanced. `at` is real time.

    Raises:
        TestClockRefused: live mode has no test clocks (409).
    """
    if livemode:
        raise TestClockRefused("Test clocks belong to test mode: use a test key.", field="livemode")
    test_clock = TestClock.objects.create(
        brand=brand, livemode=False, name=name, now_at=now_at, created_at=at
    )
    record_event(name="test_clock.created", subject=test_clock, at=at, data={"now_at": now_at.isoformat()})
    return test_clock
