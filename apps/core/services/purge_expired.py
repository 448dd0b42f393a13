from __future__ import annotations

from datetime import datetime, timedelta

from apps.core.counter_cache import PostgresCounterCache
from apps.core.models import IdempotencyRecord

# Clients retry for hours, not months; a kept answer may hold personal data, so it does not stay for ever.
IDEMPOTENCY_RETENTION = timedelta(days=30)


def purge_expired(*, at: datetime) -> int:
    """Delete kept answers older than 30 days at ``at``, and counters whose window is over; says how many."""
    counters = PostgresCounterCache("", {}).delete_expired(at)
    old = IdempotencyRecord.objects.filter(created_at__lt=at - IDEMPOTENCY_RETENTION)
    answers, _ = old.delete()
    return counters + answers
