from __future__ import annotations

from datetime import datetime

from apps.core import clock
from apps.notifications.selectors import due_mail_ids
from apps.notifications.services.queue_mails import queue_mails
from apps.notifications.services.send import send_mail


def deliver_mails(*, now: datetime, wait: bool = False) -> int:
    """Queue the mails of a batch of events, send a batch of what is due at `now` (real time); says how many
    of both.

    Any number of processes may deliver at once. Must not be called inside a transaction.
    """
    read = queue_mails(now=now, wait=wait)
    return read + sum(send_mail(mail_id=mail_id, now=now) for mail_id in due_mail_ids(now=now))


def drain() -> int:
    """For `settings.DRAINS`: a test clock stands still until all that happened is written down as mails.

    Words depend on how things stand now; sending does not, so workers do that in real time.
    """
    return queue_mails(now=clock.now(), wait=True)
