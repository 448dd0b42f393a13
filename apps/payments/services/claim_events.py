from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from apps.payments.models import GatewayEvent

# Longer than the work on one message: a claim that is older belongs to a process that died.
LEASE = timedelta(minutes=5)


@transaction.atomic
def claim_events(*, now: datetime, limit: int) -> list[GatewayEvent]:
    """Take messages of the inbox that wait at `now` (real time), the oldest first, for five minutes.

    Each try is counted before the work begins, so a message that kills its process is not tried for ever.
    """
    events = list(
        GatewayEvent.objects.select_for_update(skip_locked=True)
        .filter(processed_at=None, next_try_at__lte=now)
        .order_by("next_try_at", "id")[:limit]
    )
    for event in events:
        event.tries += 1
        event.next_try_at = now + LEASE
    GatewayEvent.objects.bulk_update(events, ["tries", "next_try_at"])
    return events
