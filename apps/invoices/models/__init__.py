"""What is owed: invoices, their lines, credit notes, quotes, number series and rendered documents."""

from __future__ import annotations

from apps.invoices.models.breakdown import CreditNoteTax, InvoiceDiscount, InvoiceTax, TaxBreakdown
from apps.invoices.models.credit_note import CreditNote, CreditNoteLine
from apps.invoices.models.document import CreditNoteDocument, InvoiceDocument, KeptDocument
from apps.invoices.models.invoice import Invoice
from apps.invoices.models.line import InvoiceLine
from apps.invoices.models.quote import Quote
from apps.invoices.models.recognition import RecognitionMovement, RecognitionSchedule
from apps.invoices.models.series import NumberRule, NumberSeries

__all__ = [
    "CreditNote",
    "CreditNoteDocument",
    "CreditNoteLine",
    "CreditNoteTax",
    "Invoice",
    "InvoiceDiscount",
    "InvoiceDocument",
    "InvoiceLine",
    "InvoiceTax",
    "KeptDocument",
    "NumberRule",
    "NumberSeries",
    "Quote",
    "RecognitionMovement",
    "RecognitionSchedule",
    "TaxBreakdown",
]
