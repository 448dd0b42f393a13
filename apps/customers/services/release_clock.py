from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from apps.audit.services.record import record_event
from apps.customers.enums import CLOCK_NEXT, TestClockStatus
from apps.customers.errors import TestClockRefused
from apps.customers.models import Customer, TestClock

# The present moves on while a clock is advanced to it; what falls due in between, the next sweep does.
TOLERANCE = timedelta(minutes=10)


@transaction.atomic
def release_clock(*, test_clock_id: int, at: datetime) -> TestClock:
    """Let the customers of a clock that stands at the present live in real time. `at` is real time.

    Raises:
        TestClockRefused: it is not ready, or stands more than ten minutes from the present: behind, real time
            would skip what is due; ahead, it would run backwards (409).
    """
    test_clock = TestClock.objects.select_for_update().get(pk=test_clock_id)
    if TestClockStatus.RELEASED not in CLOCK_NEXT[TestClockStatus(test_clock.status)]:
        raise TestClockRefused(f"The test clock is {test_clock.status}, not ready.")
    if abs(test_clock.now_at - at) > TOLERANCE:
        place = "behind" if test_clock.now_at < at else "ahead of"
        raise TestClockRefused(f"The test clock is {place} the present: it cannot be released.")
    # In the order of ids, as every other lock on several customers.
    customers = Customer.objects.filter(test_clock=test_clock).select_for_update().order_by("pk")
    ids = list(customers.values_list("pk", flat=True))
    Customer.objects.filter(pk__in=ids).update(test_clock=None)
    test_clock.status, test_clock.released_at = TestClockStatus.RELEASED, at
    test_clock.save(update_fields=["status", "released_at"])
    record_event(name="test_clock.released", subject=test_clock, at=at, data={"customers": len(ids)})
    return test_clock
