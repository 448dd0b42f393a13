from __future__ import annotations

from datetime import datetime

from apps.payments.models import GatewayEvent


def retry_event(*, event_id: int, now: datetime) -> None:
    """Let a message that was given up be tried again from the beginning; a done one stays done."""
    GatewayEvent.objects.filter(pk=event_id, processed_at=None).update(tries=0, next_try_at=now, error="")
