from __future__ import annotations

from datetime import datetime

from apps.subscriptions.enums import ChangeStatus
from apps.subscriptions.models import ScheduledChange


def settle_change(*, change: ScheduledChange, at: datetime) -> None:
    """Mark a scheduled change as applied, in the transaction that applies it."""
    change.status, change.settled_at = ChangeStatus.APPLIED, at
    change.save(update_fields=["status", "settled_at"])
