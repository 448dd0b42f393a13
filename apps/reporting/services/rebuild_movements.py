from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from apps.audit.selectors import reader_position, sealed_events
from apps.audit.services.read_outbox import read_batch
from apps.reporting.models import MrrMovement
from apps.reporting.services.project import READER
from apps.reporting.services.record_movement import MOVING_EVENTS, record_movement

COLUMNS = (
    "event_id",
    "subscription_id",
    "plan_id",
    "currency",
    "kind",
    "at",
    "delta_minor",
    "mrr_after_minor",
)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many movements there are now, and how many of them were missing, different or too many before."""

    movements: int
    corrected: int


@transaction.atomic
def rebuild_movements() -> Rebuilt:
    """Write every movement anew from the sealed log, as far as the reader has come, in one transaction.

    The reader waits meanwhile. The rows are the same as those written event by event; `corrected` says so.
    """
    # Reading nothing takes the reader's turn until the end of the transaction.
    read_batch(reader=READER, limit=0, wait=True)
    before = _rows()
    MrrMovement.objects.all().delete()
    for seal in sealed_events(names=MOVING_EVENTS, up_to=reader_position(reader=READER)).iterator(
        chunk_size=1000
    ):
        record_movement(event=seal.event)
    after = _rows()
    return Rebuilt(len(after), len(before ^ after))


def _rows() -> set[tuple[object, ...]]:
    return set(MrrMovement.objects.values_list(*COLUMNS))
