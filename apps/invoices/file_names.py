"""What the files of invoices and credit notes are called."""

from __future__ import annotations

from typing import TypedDict

from apps.invoices.enums import EInvoiceFormat
from apps.invoices.models import CreditNote, Invoice


class FileName(TypedDict):
    filename: str
    media_type: str


def einvoice_file(document: Invoice | CreditNote, syntax: EInvoiceFormat) -> FileName:
    """Name the file by its document, and its content by the format."""
    if syntax == EInvoiceFormat.FACTURX:
        return {"filename": f"{document.number}.pdf", "media_type": "application/pdf"}
    return {"filename": f"{document.number}-{syntax.value}.xml", "media_type": "application/xml"}
