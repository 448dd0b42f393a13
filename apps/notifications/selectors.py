"""Reads about mails: never another brand's, never the other mode's."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from apps.notifications.enums import MailStatus
from apps.notifications.errors import MailNotFound
from apps.notifications.models import Mail


def mail_log(*, brand_id: int, livemode: bool) -> QuerySet[Mail]:
    """Every mail of a brand in one mode, the newest first, without the texts."""
    own = Mail.objects.filter(brand_id=brand_id, livemode=livemode).select_related("customer")
    return own.defer("text_body", "html_body").order_by("-queued_at", "-id")


def mails_of(customer_id: int) -> QuerySet[Mail]:
    """What a customer was told, the newest first by its own time, without the texts."""
    own = Mail.objects.filter(customer_id=customer_id).select_related("customer")
    return own.defer("text_body", "html_body").order_by("-created_at", "-id")


def failed_mails(*, brand_id: int, livemode: bool) -> QuerySet[Mail]:
    """Mails that were given up, and wait for a person; one that was sent again since is settled."""
    log = mail_log(brand_id=brand_id, livemode=livemode)
    resent = Mail.objects.filter(resend_of__isnull=False).values("resend_of")
    return log.filter(status=MailStatus.FAILED).exclude(pk__in=resent)


def get_mail(*, brand_id: int, livemode: bool, reference: str) -> Mail:
    """The mail with this public id, with its texts.

    Raises:
        MailNotFound: none in this brand and mode (404).
    """
    own = Mail.objects.select_related("customer", "brand", "resend_of")
    found = own.filter(brand_id=brand_id, livemode=livemode, public_id=reference).first()
    if found is None:
        raise MailNotFound(f"There is no mail '{reference}'.")
    return found


def due_mail_ids(*, now: datetime, limit: int = 50) -> list[int]:
    """Mails to be sent at or before `now` (real time), also those whose sender died; oldest first."""
    waiting = Mail.objects.filter(status__in=(MailStatus.QUEUED, MailStatus.SENDING), next_try_at__lte=now)
    return list(waiting.order_by("next_try_at", "id").values_list("pk", flat=True)[:limit])
