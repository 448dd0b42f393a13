from __future__ import annotations

import hashlib
import re
from datetime import datetime

import structlog
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation

from apps.accounts.models import Brand
from apps.audit.models import Event
from apps.notifications.enums import MailStatus
from apps.notifications.models import Mail
from apps.notifications.occasions.occasion import Occasion
from apps.notifications.occasions.table import OCCASIONS

logger = structlog.get_logger(__name__)

# Of the 200 characters of a key; the rest is for the number of a resend.
LONGEST_KEY = 180
LONGEST_SUBJECT = 200
# What a sentence that does not apply leaves behind.
BLANK_LINES = re.compile(r"\n\s*\n\s*\n")


def compose_mails(*, event: Event, now: datetime) -> list[Mail]:
    """The mails that an event is a reason for, a row for each recipient, not yet saved; none for most events.

    `created_at` is the event's instant (the customer's time), `queued_at` is `now` (real time). What cannot
    be composed becomes one failed mail without a text: staff see it, and the mails after it are not held up.
    """
    describe = OCCASIONS.get(event.name)
    if describe is None:
        return []
    try:
        with transaction.atomic():
            occasion = describe(event)
            return _mails(occasion, event, now) if occasion else []
    except Exception as error:
        logger.exception("mail_not_composed", event_id=event.public_id, name=event.name)
        return _failure(event, error, now)


def _mails(occasion: Occasion, event: Event, now: datetime) -> list[Mail]:
    brand = occasion.customer.brand
    context = {
        **occasion.context,
        "brand": brand,
        "livemode": occasion.customer.livemode,
        "brand_name": brand.name,
        "greeting_name": occasion.customer.name,
    }
    with translation.override(occasion.wording.language), timezone.override(occasion.wording.zone):
        text = render_to_string(f"notifications/{occasion.kind}.txt", context).strip() + "\n"
        html = render_to_string(f"notifications/{occasion.kind}.html", context)
    text = BLANK_LINES.sub("\n\n", text)
    # The first line of the text is the subject: one heading, written once.
    subject_line = " ".join(text.partition("\n")[0].split())[:LONGEST_SUBJECT]
    return [
        Mail(
            brand=brand,
            livemode=occasion.customer.livemode,
            customer=occasion.customer,
            kind=occasion.kind,
            key=mail_key(occasion.kind, occasion.once, recipient),
            cause_id=event.public_id,
            subject_id=occasion.subject_id,
            recipient=recipient,
            subject_line=subject_line,
            text_body=text,
            html_body=html,
            attachment_kind=occasion.attachment_kind,
            created_at=event.at,
            queued_at=now,
            next_try_at=now,
        )
        for recipient in occasion.recipients
    ]


def mail_key(kind: str, once: str, recipient: str) -> str:
    """kind : cause : recipient; a very long address is hashed to fit."""
    key = f"{kind}:{once}:{recipient.lower()}"
    if len(key) <= LONGEST_KEY:
        return key
    return f"{kind}:{once}:{hashlib.sha256(recipient.lower().encode()).hexdigest()}"


def _failure(event: Event, error: Exception, now: datetime) -> list[Mail]:
    brand = Brand.objects.filter(pk=event.brand_id).first() if event.brand_id else None
    if brand is None:
        return []
    return [
        Mail(
            brand=brand,
            livemode=bool(event.livemode),
            customer_id=event.customer_id,
            kind="",
            key=mail_key("not_composed", event.public_id, ""),
            cause_id=event.public_id,
            subject_id=event.subject_id,
            recipient="",
            subject_line=f"Not composed: {event.name}",
            text_body="",
            status=MailStatus.FAILED,
            error=f"{type(error).__name__}: {error}"[:2000],
            created_at=event.at,
            queued_at=now,
        )
    ]
