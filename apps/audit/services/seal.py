from __future__ import annotations

from django.db import connection, transaction

from apps.audit.canonical import GENESIS, seal_hash
from apps.audit.models import Event, Seal, UnsealedEvent

# One sealer at a time in the whole installation, or two would continue the chain from the same link.
SEALER_LOCK = 0x5EA1
DEFAULT_LIMIT = 1000


@transaction.atomic
def seal_events(*, limit: int = DEFAULT_LIMIT) -> int:
    """Give the oldest waiting events, at most ``limit``, their sequence numbers and hashes; says how many.

    An event is queued by its own transaction, so only committed events are seen here; one that commits late
    gets a later number, and no reader of the sequence can miss it. Waits for a sealer that is at work.
    """
    take_sealer_lock()
    waiting = list(UnsealedEvent.objects.order_by("event_id").values_list("event_id", flat=True)[:limit])
    if not waiting:
        return 0
    last = Seal.objects.order_by("-seq").first()
    seq, prev_hash = (last.seq, last.hash) if last else (0, GENESIS)
    seals = []
    for event in Event.objects.filter(pk__in=waiting).order_by("pk"):
        seq += 1
        link = seal_hash(seq=seq, prev_hash=prev_hash, event=event)
        seals.append(Seal(seq=seq, event=event, prev_hash=prev_hash, hash=link))
        prev_hash = link
    Seal.objects.bulk_create(seals)
    UnsealedEvent.objects.filter(pk__in=waiting).delete()
    return len(seals)


def take_sealer_lock() -> None:
    """Held until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SEALER_LOCK])


def drain_unsealed() -> int:
    """Seal until nothing waits (a drain of ``settings.DRAINS``); says how many were sealed."""
    total = 0
    while sealed := seal_events():
        total += sealed
    return total
