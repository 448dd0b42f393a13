from __future__ import annotations

from datetime import datetime

from apps.invoices.documents.einvoice.from_snapshot import einvoice_of
from apps.invoices.enums import DocumentKind, EInvoiceFormat
from apps.invoices.errors import EInvoiceImpossible
from apps.invoices.models import CreditNote, Invoice, KeptDocument
from apps.invoices.services.document import credit_note_document_for, document_for
from apps.invoices.snapshot import credit_note_snapshot, document_snapshot


def einvoice_for(*, document: Invoice | CreditNote, syntax: EInvoiceFormat, at: datetime) -> KeptDocument:
    """The e-invoice of an issued invoice or credit note: the PDF that carries it, or the XML alone.

    Raises:
        InvoiceRefused: a draft or closed invoice has no document (409).
        EInvoiceImpossible: what lacks for an e-invoice (409).
    """
    if isinstance(document, Invoice):
        kind = DocumentKind.INVOICE if syntax == EInvoiceFormat.FACTURX else DocumentKind(syntax.value)
        return _carrying(document_for(invoice=document, kind=kind, at=at))
    kind = DocumentKind.CREDIT_NOTE if syntax == EInvoiceFormat.FACTURX else DocumentKind(syntax.value)
    return _carrying(credit_note_document_for(note=document, kind=kind, at=at))


def einvoice_problems(document: Invoice | CreditNote) -> list[str]:
    """What an issued invoice or credit note lacks to be an e-invoice; nothing where it can be had."""
    if isinstance(document, Invoice):
        snapshot = document_snapshot(document, kind=DocumentKind.INVOICE)
    else:
        snapshot = credit_note_snapshot(document)
    try:
        einvoice_of(snapshot)
    except EInvoiceImpossible as impossible:
        return impossible.problems
    return []


def _carrying(kept: KeptDocument) -> KeptDocument:
    if not kept.einvoice_profile:
        # A PDF that was kept before stays as it is; the XML alone can still be had.
        raise EInvoiceImpossible(
            kept.einvoice_problems or ["the PDF was kept without one: ask for ubl or cii"]
        )
    return kept
