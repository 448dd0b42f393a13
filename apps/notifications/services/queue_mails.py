from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.read_outbox import advance, read_batch
from apps.notifications.models import Mail
from apps.notifications.services.compose import compose_mails

READER = "notifications"


@transaction.atomic
def queue_mails(*, now: datetime, limit: int = 100, wait: bool = False) -> int:
    """Read the next `limit` sealed events and queue the mails that they are a reason for; says how many it
    read.

    Rows and the reader's position commit together, so each cause is mailed once; the unique key holds also
    when a restored position makes it read again. `now` is real time. With `wait` it takes its turn behind
    another process; without, it leaves the events to that one and returns 0.
    """
    seals = read_batch(reader=READER, limit=limit, wait=wait)
    if not seals:
        return 0
    for seal in seals:
        Mail.objects.bulk_create(compose_mails(event=seal.event, now=now), ignore_conflicts=True)
    advance(reader=READER, seq=seals[-1].seq)
    return len(seals)
