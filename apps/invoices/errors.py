from __future__ import annotations

from apps.core.errors import DomainError


class InvoiceNotFound(DomainError):
    """No such invoice in this brand and mode."""

    code = "invoice_not_found"
    status = 404


class InvoiceRefused(DomainError):
    """The invoice's state does not allow the move."""

    code = "invoice_refused"
    status = 409


class AlreadyCharged(DomainError):
    """A line with the same charge key stands on another invoice that is not void."""

    code = "already_charged"
    status = 409
