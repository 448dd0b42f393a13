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


class LineKind(models.TextChoices):
    """What a line charges for; part of its charge key."""

    RECURRING = "recurring", "Recurring fee"
    USAGE = "usage", "Usage"


class DocumentKind(models.TextChoices):
    INVOICE = "invoice", "Invoice"
    RECEIPT = "receipt", "Receipt"
