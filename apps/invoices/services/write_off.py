from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.invoices.enums import NEXT, InvoiceStatus, LineKind
from apps.invoices.errors import InvoiceRefused
from apps.invoices.models import Invoice
from apps.invoices.services.book_write_off import book_write_off


@transaction.atomic
def write_off(*, invoice_id: int, at: datetime, reason: str) -> Invoice:
    """Give up an open invoice: it is uncollectible, and what is due of it is bad debt in the books.

    It stays owed: what is paid, credited or applied from a balance afterwards is booked back as far as it
    goes, and pays the invoice once nothing is due. Who collects it is told by the caller.

    Raises:
        InvoiceRefused: it is not open, or sells prepaid credit (409).
    """
    invoice = Invoice.objects.select_for_update().get(pk=invoice_id)
    if InvoiceStatus.UNCOLLECTIBLE not in NEXT[InvoiceStatus(invoice.status)]:
        raise InvoiceRefused(f"Invoice {invoice} is {invoice.status}; only an open one can be written off.")
    if invoice.lines.filter(kind=LineKind.TOP_UP).exists():
        raise InvoiceRefused(f"Invoice {invoice} sells prepaid credit: nothing was given for it, so void it.")
    invoice.status = InvoiceStatus.UNCOLLECTIBLE
    invoice.save(update_fields=["status"])
    book_write_off(invoice=invoice, amount_minor=invoice.due_minor, key="write_off", at=at)
    record_event(
        name="invoice.marked_uncollectible",
        subject=invoice,
        at=at,
        data={"reason": reason, "due_minor": invoice.due_minor, "currency": invoice.currency},
    )
    return invoice
