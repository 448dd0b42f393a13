from __future__ import annotations

import hashlib
from datetime import datetime

from apps.invoices.documents.render import render_invoice_pdf, render_receipt_pdf
from apps.invoices.enums import DocumentKind, InvoiceStatus
from apps.invoices.errors import InvoiceRefused
from apps.invoices.models import Invoice, InvoiceDocument
from apps.invoices.snapshot import PaymentShown, document_snapshot

_RENDER = {DocumentKind.INVOICE: render_invoice_pdf, DocumentKind.RECEIPT: render_receipt_pdf}


def document_for(
    *, invoice: Invoice, kind: DocumentKind, at: datetime, payments: tuple[PaymentShown, ...] = ()
) -> InvoiceDocument:
    """The PDF of a finalised invoice, or its receipt: rendered on first read, then the same bytes for ever.

    `payments` is what the receipt shows; it is read only the first time.

    Raises:
        InvoiceRefused: a draft or closed invoice has no document, an unpaid one no receipt (409).
    """
    kept = InvoiceDocument.objects.filter(invoice=invoice, kind=kind).first()
    if kept is not None:
        return kept
    if invoice.number is None:
        raise InvoiceRefused("Only a finalised invoice has a document.")
    if kind == DocumentKind.RECEIPT and invoice.status != InvoiceStatus.PAID:
        raise InvoiceRefused("Only a paid invoice has a receipt.")
    content = _RENDER[kind](document_snapshot(invoice, kind=kind, payments=payments))
    # Two first readers render the same bytes; the unique key keeps one row.
    kept, _ = InvoiceDocument.objects.get_or_create(
        invoice=invoice,
        kind=kind,
        defaults={"content": content, "sha256": hashlib.sha256(content).hexdigest(), "created_at": at},
    )
    return kept
