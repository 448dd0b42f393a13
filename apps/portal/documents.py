"""Invoices, credit notes and receipts as files."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpResponse

from apps.invoices.enums import DocumentKind, EInvoiceFormat
from apps.invoices.file_names import einvoice_file
from apps.invoices.models import CreditNote, Invoice
from apps.invoices.services.document import credit_note_document_for, document_for
from apps.invoices.services.einvoice import einvoice_for
from apps.payments.receipts import payments_shown


def pdf_of(invoice: Invoice, kind: DocumentKind, *, at: datetime) -> HttpResponse:
    """The stored bytes of a document, rendered on first read. `at` is the customer's time.

    Raises:
        InvoiceRefused: a draft has no document, an unpaid invoice no receipt (409).
    """
    payments = payments_shown(invoice) if kind == DocumentKind.RECEIPT else ()
    document = document_for(invoice=invoice, kind=kind, at=at, payments=payments)
    return _download(document.content, f"{kind.value}-{invoice.number}.pdf", "application/pdf")


def credit_note_pdf_of(note: CreditNote, *, at: datetime) -> HttpResponse:
    """The stored bytes of a credit note, rendered on first read. `at` is the customer's time."""
    document = credit_note_document_for(note=note, kind=DocumentKind.CREDIT_NOTE, at=at)
    return _download(document.content, f"credit-note-{note.number}.pdf", "application/pdf")


def xml_of(document: Invoice | CreditNote, *, at: datetime) -> HttpResponse:
    """The e-invoice as UBL. The PDF carries one too, which few programs look for.

    Raises:
        EInvoiceImpossible: what lacks for one (409).
    """
    kept = einvoice_for(document=document, syntax=EInvoiceFormat.UBL, at=at)
    named = einvoice_file(document, EInvoiceFormat.UBL)
    return _download(kept.content, named["filename"], named["media_type"])


def _download(content: bytes | memoryview, filename: str, media_type: str) -> HttpResponse:
    response = HttpResponse(bytes(content), content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["Cache-Control"] = "private, no-store"
    return response
