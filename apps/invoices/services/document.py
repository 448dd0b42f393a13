from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from apps.invoices.documents.einvoice.cii import write_cii
from apps.invoices.documents.einvoice.from_snapshot import einvoice_of
from apps.invoices.documents.einvoice.ubl import write_ubl
from apps.invoices.documents.facturx import PROFILE
from apps.invoices.documents.render import render_invoice_pdf, render_receipt_pdf
from apps.invoices.enums import DocumentKind, InvoiceStatus
from apps.invoices.errors import EInvoiceImpossible, InvoiceRefused
from apps.invoices.models import CreditNote, CreditNoteDocument, Invoice, InvoiceDocument
from apps.invoices.snapshot import PaymentShown, credit_note_snapshot, document_snapshot

_OF_A_CREDIT_NOTE = (DocumentKind.CREDIT_NOTE, DocumentKind.CII, DocumentKind.UBL)


class _Made(NamedTuple):
    """A file, the profile of the e-invoice that it is or has in it, and what lacks for one."""

    content: bytes
    profile: str = ""
    problems: list[str] | None = None


def document_for(
    *, invoice: Invoice, kind: DocumentKind, at: datetime, payments: tuple[PaymentShown, ...] = ()
) -> InvoiceDocument:
    """A file of a finalised invoice, or its receipt: made on first read, then the same bytes for ever.

    The PDF carries the invoice as an e-invoice where that is possible (Factur-X), and comes in any case;
    the row says what lacks. `payments` is what the receipt shows; it is read only the first time.

    Raises:
        InvoiceRefused: a draft or closed invoice has no document, an unpaid one no receipt (409).
        EInvoiceImpossible: of the kinds that are nothing but an e-invoice: what lacks for one (409).
    """
    kept = InvoiceDocument.objects.filter(invoice=invoice, kind=kind).first()
    if kept is not None:
        return kept
    if invoice.number is None:
        raise InvoiceRefused("Only a finalised invoice has a document.")
    if kind == DocumentKind.CREDIT_NOTE:
        raise InvoiceRefused("An invoice is no credit note.")
    if kind == DocumentKind.RECEIPT and invoice.status != InvoiceStatus.PAID:
        raise InvoiceRefused("Only a paid invoice has a receipt.")
    shown = DocumentKind.RECEIPT if kind == DocumentKind.RECEIPT else DocumentKind.INVOICE
    made = _MAKE[kind](document_snapshot(invoice, kind=shown, payments=payments))
    # Two first readers make the same bytes; the unique key keeps one row.
    kept, _ = InvoiceDocument.objects.get_or_create(invoice=invoice, kind=kind, defaults=_row(made, at))
    return kept


def credit_note_document_for(*, note: CreditNote, kind: DocumentKind, at: datetime) -> CreditNoteDocument:
    """A file of a credit note: its PDF, with the e-invoice in it where possible, or the e-invoice alone.

    Made on first read, then the same bytes for ever.

    Raises:
        InvoiceRefused: a credit note has no file of this kind (409).
        EInvoiceImpossible: of the kinds that are nothing but an e-invoice: what lacks for one (409).
    """
    kept = CreditNoteDocument.objects.filter(credit_note=note, kind=kind).first()
    if kept is not None:
        return kept
    if kind not in _OF_A_CREDIT_NOTE:
        raise InvoiceRefused(f"A credit note has no {kind.label.lower()}.")
    made = _MAKE[kind](credit_note_snapshot(note))
    kept, _ = CreditNoteDocument.objects.get_or_create(credit_note=note, kind=kind, defaults=_row(made, at))
    return kept


def _row(made: _Made, at: datetime) -> dict[str, Any]:
    return {
        "content": made.content,
        "sha256": hashlib.sha256(made.content).hexdigest(),
        "einvoice_profile": made.profile,
        "einvoice_problems": made.problems or [],
        "created_at": at,
    }


def _hybrid(snapshot: Mapping[str, Any]) -> _Made:
    try:
        xml = write_cii(einvoice_of(snapshot))
    except EInvoiceImpossible as impossible:
        return _Made(render_invoice_pdf(snapshot), problems=impossible.problems)
    return _Made(render_invoice_pdf(snapshot, einvoice=xml), PROFILE)


_MAKE: Mapping[DocumentKind, Callable[[Mapping[str, Any]], _Made]] = {
    DocumentKind.INVOICE: _hybrid,
    DocumentKind.CREDIT_NOTE: _hybrid,
    DocumentKind.RECEIPT: lambda snapshot: _Made(render_receipt_pdf(snapshot)),
    DocumentKind.CII: lambda snapshot: _Made(write_cii(einvoice_of(snapshot)), PROFILE),
    DocumentKind.UBL: lambda snapshot: _Made(write_ubl(einvoice_of(snapshot)), PROFILE),
}
