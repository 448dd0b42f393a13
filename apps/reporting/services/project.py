from __future__ import annotations

from django.db import transaction

from apps.audit.services.read_outbox import advance, read_batch
from apps.reporting.services.record_movement import MOVING_EVENTS, record_movement

READER = "reporting"


@transaction.atomic
def project_movements(*, limit: int = 200, wait: bool = False) -> int:
    """Read the next `limit` sealed events and write the movements behind them; says how many events it read.

    Rows and the reader's position commit together. Without `wait`, another process at work gets the batch.
    """
    seals = read_batch(reader=READER, limit=limit, wait=wait)
    if not seals:
        return 0
    for seal in seals:
        if seal.event.name in MOVING_EVENTS:
            record_movement(event=seal.event)
    advance(reader=READER, seq=seals[-1].seq)
    return len(seals)


def drain() -> int:
    """For `settings.DRAINS`: reports are up to date when a test clock moves on."""
    return project_movements(wait=True)
