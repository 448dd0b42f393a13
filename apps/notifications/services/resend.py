from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.models import Event
from apps.audit.services.record import record_event
from apps.notifications.enums import MailStatus
from apps.notifications.errors import MailRefused
from apps.notifications.models import Mail
from apps.notifications.services.compose import compose_mails


@transaction.atomic
def resend_mail(*, mail_id: int, at: datetime, now: datetime) -> Mail:
    """Queue the same mail again because staff ask for it: a row of its own, which names the original.

    The words are those of the first time; a mail that could not be composed then is composed now. `at` is the
    customer's time, `now` real time.

    Raises:
        MailRefused: it is about to be sent anyway, or it still cannot be composed (409).
    """
    # The lock counts resends one by one: two of one number would be one key.
    mail = Mail.objects.select_for_update().get(pk=mail_id)
    if mail.status in (MailStatus.QUEUED, MailStatus.SENDING):
        raise MailRefused("This mail is about to be sent.")
    if not mail.text_body:
        return _compose_again(mail, at=at, now=now)
    original_id = mail.resend_of_id or mail.pk
    original = mail if mail.pk == original_id else Mail.objects.select_for_update().get(pk=original_id)
    number = Mail.objects.filter(resend_of=original).count() + 1
    again = Mail.objects.create(
        brand_id=mail.brand_id,
        livemode=mail.livemode,
        customer_id=mail.customer_id,
        kind=mail.kind,
        key=f"{original.key}:resend:{number}",
        cause_id=mail.cause_id,
        subject_id=mail.subject_id,
        recipient=mail.recipient,
        subject_line=mail.subject_line,
        text_body=mail.text_body,
        html_body=mail.html_body,
        attachment_kind=mail.attachment_kind,
        resend_of=original,
        created_at=at,
        queued_at=now,
        next_try_at=now,
    )
    record_event(name="mail.resent", subject=again, at=at, data={"original": original.public_id})
    return again


def _compose_again(failed: Mail, *, at: datetime, now: datetime) -> Mail:
    event = Event.objects.get(public_id=failed.cause_id)
    composed = [mail for mail in compose_mails(event=event, now=now) if mail.text_body]
    if not composed:
        raise MailRefused("There is nothing to tell about this any more, or it still cannot be composed.")
    for mail in composed:
        mail.resend_of = failed
    Mail.objects.bulk_create(composed, ignore_conflicts=True)
    again = Mail.objects.get(key=composed[0].key)
    record_event(name="mail.resent", subject=again, at=at, data={"original": failed.public_id})
    return again
