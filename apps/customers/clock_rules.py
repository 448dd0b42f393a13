from __future__ import annotations

from apps.customers.enums import TestClockStatus
from apps.customers.errors import TestClockRefused
from apps.customers.models import TestClock


def refuse_unfit_clock(test_clock: TestClock, *, brand_id: int, livemode: bool) -> None:
    """Refuse a clock that a customer of this brand and mode cannot sit on.

    Raises:
        TestClockRefused: see create_customer (409).
    """
    if livemode or test_clock.brand_id != brand_id:
        raise TestClockRefused("A test clock serves test customers of its own brand.", field="test_clock")
    if test_clock.status != TestClockStatus.READY:
        message = f"The test clock is {test_clock.status}, not ready."
        raise TestClockRefused(message, field="test_clock")
