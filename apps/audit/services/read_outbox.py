"""Readers of the sealed log: one process per reader at a time, in order, each event at least once."""

from __future__ import annotations

from apps.audit.models import OutboxPosition, Seal


def read_batch(*, reader: str, limit: int, wait: bool = False) -> list[Seal]:
    """The next seals (with their events) for this reader, holding the reader's row until the transaction
    ends.

    Call it inside ``transaction.atomic()``, write what follows from the events as rows in the same
    transaction, and ``advance()``: then each event has its effect once. Outside calls wait until after the
    commit. Another process at the same reader gets an empty list, or with ``wait`` waits for its turn.
    """
    OutboxPosition.objects.get_or_create(reader=reader)
    position = OutboxPosition.objects.select_for_update(skip_locked=not wait).filter(reader=reader).first()
    if position is None:
        return []
    ahead = Seal.objects.select_related("event").filter(seq__gt=position.seq)
    return list(ahead.order_by("seq")[:limit])


def hold_position(*, reader: str) -> int | None:
    """How far this reader has come, held until the transaction ends; None while another process reads.

    For a reader that looks for a few kinds of events only: it reads them with ``sealed_events`` and then
    ``advance()``s beyond all.
    """
    OutboxPosition.objects.get_or_create(reader=reader)
    held = OutboxPosition.objects.select_for_update(skip_locked=True).filter(reader=reader).first()
    return None if held is None else held.seq


def advance(*, reader: str, seq: int) -> None:
    """Note that the reader handled everything up to ``seq``; it never goes back."""
    OutboxPosition.objects.filter(reader=reader, seq__lt=seq).update(seq=seq)
