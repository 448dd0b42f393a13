"""Mail servers that behave badly, as email backends (settings.EMAIL_BACKEND takes their names)."""

from __future__ import annotations

from collections.abc import Sequence
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.locmem import EmailBackend as Outbox


class Unreachable(BaseEmailBackend):
    """Drops the connection."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        raise SMTPServerDisconnected("Connection unexpectedly closed")


class NoSuchAddress(BaseEmailBackend):
    """Knows none of the recipients."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        raise SMTPRecipientsRefused({"ada@example.com": (550, b"No such user")})


class DiesAfterAccepting(Outbox):
    """Takes the mail; then the sending process is killed."""

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        super().send_messages(messages)
        raise SystemExit("killed")
