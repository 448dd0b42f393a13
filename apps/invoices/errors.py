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


class CreditNoteNotFound(DomainError):
    """No such credit note in this brand and mode."""

    code = "credit_note_not_found"
    status = 404


class CreditRefused(DomainError):
    """The invoice, or what is left of its lines, does not allow this credit."""

    code = "credit_refused"
    status = 409


class CreditNoteRefused(DomainError):
    """The credit note's state does not allow the move."""

    code = "credit_note_refused"
    status = 409


class NumberFormatInvalid(DomainError):
    """The format of document numbers cannot be read, or does not fit its rule."""

    code = "number_format_invalid"
    status = 422


class NumberRuleRefused(DomainError):
    """The change would leave a gap, or lead to numbers that another series has, too."""

    code = "number_rule_refused"
    status = 409
