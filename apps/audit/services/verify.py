from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from apps.audit.canonical import GENESIS, seal_hash
from apps.audit.errors import ChainBroken
from apps.audit.models import Event, Seal, UnsealedEvent

CHUNK = 2000


@dataclass(frozen=True, slots=True)
class ChainTip:
    """The last link: kept outside of the database, it also betrays a tail that was cut off."""

    seq: int
    hash: str


def verify_chain(*, anchor: ChainTip | None = None) -> ChainTip:
    """Recompute every seal and return the last one.

    Finds an event that was edited, removed, inserted in the middle or kept from the sealer, by whoever
    owned the database. A chain rebuilt as a whole, or cut at its end, is found with an ``anchor`` noted
    earlier.

    Raises:
        ChainBroken: names the first bad row.
    """
    seq, prev_hash = 0, GENESIS
    anchored = anchor is None or anchor.seq == 0
    for seal in _seals():
        _check_link(seal, seq, prev_hash)
        seq, prev_hash = seal.seq, seal.hash
        if anchor is not None and seq == anchor.seq:
            if prev_hash != anchor.hash:
                raise ChainBroken(f"seal {seq} is not the one that was noted: the chain was rewritten")
            anchored = True
    if not anchored:
        raise ChainBroken(f"the chain ends at seal {seq}: its tail was cut off")
    _check_unsealed()
    return ChainTip(seq, prev_hash)


def _seals() -> Iterator[Seal]:
    return Seal.objects.select_related("event").order_by("seq").iterator(chunk_size=CHUNK)


def _check_link(seal: Seal, last_seq: int, last_hash: str) -> None:
    if seal.seq != last_seq + 1:
        raise ChainBroken(f"seal {last_seq + 1} is missing")
    if seal.prev_hash != last_hash:
        raise ChainBroken(f"seal {seal.seq} does not follow seal {last_seq}")
    if seal.hash != seal_hash(seq=seal.seq, prev_hash=last_hash, event=seal.event):
        raise ChainBroken(f"seal {seal.seq} does not match event {seal.event.public_id}")


def _check_unsealed() -> None:
    waiting = UnsealedEvent.objects.values("event_id")
    stray = Event.objects.filter(seal__isnull=True).exclude(pk__in=waiting).order_by("pk").first()
    if stray is not None:
        raise ChainBroken(f"event {stray.public_id} has no seal and does not wait for one")
