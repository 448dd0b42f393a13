"""Invoices and receipts as files."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpResponse

from apps.invoices.enums import DocumentKind
from apps.invoices.models import Invoice
from apps.invoices.services.document import document_for
from apps.payments.receipts import payments_shown


def pdf_of(invoice: Invoice, kind: DocumentKind, *, at: datetime) -> HttpResponse:
    """The stored bytes of a document, rendered on first read. `at` is the customer's time.

    Raises:
        InvoiceRefused: a draft has no document, an unpaid invoice no receipt (409).
    """
    payments = payments_shown(invoice) if kind == DocumentKind.RECEIPT else ()
    document = document_for(invoice=invoice, kind=kind, at=at, payments=payments)
    response = HttpResponse(bytes(document.content), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{kind.value}-{invoice.number}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response
