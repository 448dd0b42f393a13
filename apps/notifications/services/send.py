from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import formataddr, parseaddr
from smtplib import SMTPRecipientsRefused
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction

from apps.invoices.enums import DocumentKind
from apps.invoices.models import CreditNote, Invoice
from apps.invoices.services.document import credit_note_document_for, document_for
from apps.notifications.enums import MailStatus
from apps.notifications.models import Mail
from apps.payments.receipts import payments_shown

logger = structlog.get_logger(__name__)

MAX_TRIES = 5
# Longer than any mail server is waited for: the process that took a mail this long ago is dead.
SENDING_LIMIT = timedelta(minutes=10)
# After the n-th try that failed.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120))
WAITING = (MailStatus.QUEUED, MailStatus.SENDING)


def send_mail(*, mail_id: int, now: datetime) -> bool:
    """Send one mail that is due at `now` (real time), with its PDF; True when this call took it.

    That it is being sent is committed before the mail server is called, and the outcome after it. A process
    that dies in between leaves it unknown whether the server took the mail: after 10 minutes it is sent again
    under the same Message-ID, by which mail systems recognise it. So a mail is a row once, and on the wire at
    least once. A refusal is tried again after 1, 5, 30 and 120 minutes; then staff decide. Must not be called
    inside a transaction.
    """
    mail = _claim(mail_id, now)
    if mail is None:
        return False
    if mail.tries > MAX_TRIES:
        _fail(mail, "Every try ended without an answer.", now, for_good=True)
        return True
    try:
        _message(mail, now).send()
    except Exception as error:
        logger.warning("mail_not_sent", mail=mail.public_id, tries=mail.tries, exc_info=True)
        _fail(mail, f"{type(error).__name__}: {error}"[:2000], now, for_good=_is_permanent(error))
    else:
        _settle(mail, MailStatus.SENT, sent_at=now, error="", next_try_at=None)
    return True


def _claim(mail_id: int, now: datetime) -> Mail | None:
    with transaction.atomic(durable=True):
        mail = (
            Mail.objects.select_for_update(of=("self",), skip_locked=True)
            .select_related("brand")
            .filter(pk=mail_id, status__in=WAITING, next_try_at__lte=now)
            .first()
        )
        if mail is None:
            return None
        mail.status, mail.tries, mail.next_try_at = MailStatus.SENDING, mail.tries + 1, now + SENDING_LIMIT
        mail.save(update_fields=["status", "tries", "next_try_at"])
    return mail


def _message(mail: Mail, now: datetime) -> EmailMultiAlternatives:
    _, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    message = EmailMultiAlternatives(
        subject=mail.subject_line,
        body=mail.text_body,
        from_email=formataddr((mail.brand.name, address)),
        to=[mail.recipient],
        reply_to=[mail.brand.support_email],
        headers={"Message-ID": message_id(mail), "Auto-Submitted": "auto-generated"},
    )
    if mail.html_body:
        message.attach_alternative(mail.html_body, "text/html")
    if mail.attachment_kind:
        _attach_document(message, mail, now)
    return message


def message_id(mail: Mail) -> str:
    """The same however often a mail is sent."""
    return f"<{mail.public_id}@{urlsplit(settings.SITE_URL).hostname}>"


def _attach_document(message: EmailMultiAlternatives, mail: Mail, now: datetime) -> None:
    kind = DocumentKind(mail.attachment_kind)
    if kind == DocumentKind.CREDIT_NOTE:
        note = CreditNote.objects.select_related("brand", "invoice__brand").get(public_id=mail.subject_id)
        kept = credit_note_document_for(note=note, kind=kind, at=now)
        message.attach(f"{note.number}.pdf", bytes(kept.content), "application/pdf")
        return
    invoice = Invoice.objects.select_related("brand").get(public_id=mail.subject_id)
    document = document_for(invoice=invoice, kind=kind, at=now, payments=payments_shown(invoice))
    prefix = "receipt-" if kind == DocumentKind.RECEIPT else ""
    message.attach(f"{prefix}{invoice.number}.pdf", bytes(document.content), "application/pdf")


def _is_permanent(error: Exception) -> bool:
    """The server says that this address will never take mail (RFC 5321: codes from 500)."""
    if not isinstance(error, SMTPRecipientsRefused):
        return False
    return all(code >= 500 for code, _ in error.recipients.values())


def _fail(mail: Mail, reason: str, now: datetime, *, for_good: bool) -> None:
    if for_good or mail.tries >= MAX_TRIES:
        _settle(mail, MailStatus.FAILED, sent_at=None, error=reason, next_try_at=None)
    else:
        again = now + PAUSES[mail.tries - 1]
        _settle(mail, MailStatus.QUEUED, sent_at=None, error=reason, next_try_at=again)


def _settle(
    mail: Mail, status: MailStatus, *, sent_at: datetime | None, error: str, next_try_at: datetime | None
) -> None:
    # Of this try only: one that was given up for dead must not overwrite its successor.
    Mail.objects.filter(pk=mail.pk, status=MailStatus.SENDING, tries=mail.tries).update(
        status=status, sent_at=sent_at, error=error, next_try_at=next_try_at
    )
