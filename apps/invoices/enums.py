from __future__ import annotations

from django.db import models


class InvoiceStatus(models.TextChoices):
    DRAFT = "draft", "Draft"
    OPEN = "open", "Open"
    """Finalised and numbered; waits for payment."""
    PAID = "paid", "Paid"
    VOID = "void", "Void"
    """Cancelled while nothing was sent or paid; keeps its number."""
    UNCOLLECTIBLE = "uncollectible", "Uncollectible"
    CLOSED = "closed", "Closed"
    """A total of zero that the brand does not issue: no number, no document."""


NEXT: dict[InvoiceStatus, tuple[InvoiceStatus, ...]] = {
    InvoiceStatus.DRAFT: (InvoiceStatus.OPEN, InvoiceStatus.CLOSED),
    InvoiceStatus.OPEN: (InvoiceStatus.PAID, InvoiceStatus.VOID, InvoiceStatus.UNCOLLECTIBLE),
    InvoiceStatus.UNCOLLECTIBLE: (InvoiceStatus.PAID,),
    InvoiceStatus.PAID: (),
    InvoiceStatus.VOID: (),
    InvoiceStatus.CLOSED: (),
}


class SeriesKind(models.TextChoices):
    INVOICE = "invoice", "Invoices"
    CREDIT_NOTE = "credit_note", "Credit notes"


class SeriesReset(models.TextChoices):
    """When the numbers of a series begin anew."""

    NEVER = "never", "Never"
    YEARLY = "yearly", "Every calendar year"
    FINANCIAL_YEAR = "financial_year", "Every financial year"


class CreditNoteStatus(models.TextChoices):
    ISSUED = "issued", "Issued"
    VOID = "void", "Void"
    """Taken back while nothing of it was used; keeps its number."""


CREDIT_NOTE_NEXT: dict[CreditNoteStatus, tuple[CreditNoteStatus, ...]] = {
    CreditNoteStatus.ISSUED: (CreditNoteStatus.VOID,),
    CreditNoteStatus.VOID: (),
}


class CreditReason(models.TextChoices):
    """Why something billed is given back."""

    PLAN_CHANGE = "plan_change", "Plan change"
    TERMINATION = "termination", "Termination"
    ORDER_CHANGE = "order_change", "Order change"
    PRODUCT_UNSATISFACTORY = "product_unsatisfactory", "Product unsatisfactory"
    DUPLICATE = "duplicate", "Billed twice"
    USAGE_CORRECTION = "usage_correction", "Usage correction"
    OTHER = "other", "Other"


class Disposition(models.TextChoices):
    """Where the money of a credit note goes."""

    AUTOMATIC = "automatic", "Reduce what is due, the rest to the balance"
    BALANCE = "balance", "To the customer's balance"
    """All of it, even while the invoice is unpaid."""
    OFFSET = "offset", "Reduce what is due"
    """Refused when less is due."""
    REFUND = "refund", "Reduce what is due, refund the rest"
    """At most what was paid and not refunded; anything above goes to the balance."""


class RefundStatus(models.TextChoices):
    """What became of the part of a credit note that is to be refunded."""

    NONE = "none", "No refund"
    REQUESTED = "requested", "To be refunded"
    """Promised, and not all of it has arrived yet."""
    REFUNDED = "refunded", "Refunded"


class LineKind(models.TextChoices):
    """What a line charges for; part of its charge key."""

    RECURRING = "recurring", "Recurring fee"
    USAGE = "usage", "Usage"
    BASE = "base", "Base fee of usage"
    IN_ADVANCE = "in_advance", "Usage billed at once"
    """What events cost that came since the line before; the lines of a period sum to its price."""
    PROGRESSIVE = "progressive", "Usage so far"
    """All usage of a running period when a threshold was reached; taken off when the period is billed."""
    CREDIT = "credit", "Credit for an unused part"
    TRUE_UP = "true_up", "Minimum of a charge"
    COMMITMENT = "commitment", "Minimum commitment"
    MANUAL = "manual", "Written by hand"
    """Billed once, by whoever wrote it: without a charge key."""
    TOP_UP = "top_up", "Prepaid credit"
    """Money that is to be spent later: no revenue, no tax, no discount."""


class DocumentKind(models.TextChoices):
    INVOICE = "invoice", "Invoice"
    """The PDF, with the e-invoice inside where there is one (Factur-X)."""
    RECEIPT = "receipt", "Receipt"
    CREDIT_NOTE = "credit_note", "Credit note"
    """The PDF, with the e-invoice inside where there is one (Factur-X)."""
    CII = "cii", "E-invoice (CII)"
    """The XML that Factur-X puts into the PDF."""
    UBL = "ubl", "E-invoice (UBL 2.1)"


class EInvoiceFormat(models.TextChoices):
    """How an e-invoice is handed out."""

    FACTURX = "facturx", "Factur-X (PDF)"
    CII = "cii", "CII (XML)"
    UBL = "ubl", "UBL 2.1 (XML)"


class TaxStatus(models.TextChoices):
    """Whether the tax of an invoice is known."""

    NOT_NEEDED = "not_needed", "Not taxed"
    """The brand is registered nowhere."""
    SETTLED = "settled", "Settled"
    WAITING = "waiting", "Waiting for an answer"
    """The draft cannot be issued: where the customer is, or what the tax service says, is not known."""


class RecognitionKind(models.TextChoices):
    """Why a recognition schedule changed."""

    RECOGNIZED = "recognized", "Earned"
    CREDITED = "credited", "Given back"
    RESTORED = "restored", "Given back no more"
    """What gave it back was voided."""
    VOIDED = "voided", "Invoice voided"


class DiscountSource(models.TextChoices):
    COUPON = "coupon", "Coupon"
    PROMOTIONAL_CREDIT = "promotional_credit", "Promotional credit"


class QuoteStatus(models.TextChoices):
    OPEN = "open", "Open"
    ACCEPTED = "accepted", "Accepted"
    EXPIRED = "expired", "Expired"
    CANCELED = "canceled", "Canceled"


QUOTE_NEXT: dict[QuoteStatus, tuple[QuoteStatus, ...]] = {
    QuoteStatus.OPEN: (QuoteStatus.ACCEPTED, QuoteStatus.EXPIRED, QuoteStatus.CANCELED),
    QuoteStatus.ACCEPTED: (),
    QuoteStatus.EXPIRED: (),
    QuoteStatus.CANCELED: (),
}
