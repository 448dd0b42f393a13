from __future__ import annotations

from apps.core.errors import DomainError


class MailNotFound(DomainError):
    """No such mail in this brand and mode."""

    code = "mail_not_found"
    status = 404
    title = "Mail not found"


class MailRefused(DomainError):
    """The mail's state does not allow it, or there is nothing to send."""

    code = "mail_refused"
    status = 409
    title = "The mail cannot be sent"
