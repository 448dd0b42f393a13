from __future__ import annotations

from collections.abc import Sequence

from apps.core.errors import DomainError


class InvoiceNotFound(DomainError):
    """No such invoice in this brand and mode."""

    code = "invoice_not_found"
    status = 404


class InvoiceRefused(DomainError):
    """The invoice's state does not allow the move."""

    code = "invoice_refused"
    status = 409


class LineNotFound(DomainError):
    """The invoice has no such line."""

    code = "invoice_line_not_found"
    status = 404


class ManualLineInvalid(DomainError):
    """A line written by hand that makes no sense."""

    code = "manual_line_invalid"
    status = 422


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


class EInvoiceImpossible(DomainError):
    """What the document lacks to be an e-invoice of EN 16931; its PDF comes all the same."""

    code = "einvoice_impossible"
    status = 409

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(f"This is no e-invoice: {'; '.join(problems)}.")
        self.problems = list(problems)


class EInvoiceInvalid(DomainError):
    """An XML file that breaks the schema or the rules of EN 16931."""

    code = "einvoice_invalid"
    status = 422

    def __init__(self, broken: Sequence[str]) -> None:
        super().__init__("; ".join(broken))
        self.broken = list(broken)


class EInvoiceUncheckable(DomainError):
    """A package that checks e-invoices is not installed."""

    code = "einvoice_uncheckable"
    status = 501


class QuoteNotFound(DomainError):
    """No such quote in this brand and mode."""

    code = "quote_not_found"
    status = 404


class QuoteRefused(DomainError):
    """The quote is not open any more."""

    code = "quote_refused"
    status = 409
