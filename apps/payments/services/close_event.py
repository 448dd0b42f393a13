from __future__ import annotations

from datetime import datetime, timedelta

from apps.payments.models import GatewayEvent

MAX_TRIES = 10
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)


def close_event(*, event: GatewayEvent, now: datetime, error: str = "") -> None:
    """Mark a claimed message as done; with an `error` it waits for its next try.

    After ten tries it is left to staff: it keeps its error and has no next try.
    """
    if not error:
        event.processed_at, event.next_try_at, event.error = now, None, ""
    else:
        event.error = error[:2000]
        pause = min(FIRST_PAUSE * 2 ** (event.tries - 1), LONGEST_PAUSE)
        event.next_try_at = None if event.tries >= MAX_TRIES else now + pause
    event.save(update_fields=["processed_at", "next_try_at", "error"])
