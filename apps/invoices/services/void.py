from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.invoices.enums import NEXT, InvoiceStatus
from apps.invoices.errors import InvoiceRefused
from apps.invoices.models import Invoice
from apps.invoices.services.post_invoice import reverse_invoice


@transaction.atomic
def void_invoice(*, invoice_id: int, at: datetime, reason: str) -> Invoice:
    """Cancel an open invoice of which nothing was paid; it keeps its number, its charges become free.

    Raises:
        InvoiceRefused: it is not open, or money came in: then a credit note corrects it (409).
    """
    invoice = Invoice.objects.select_for_update().get(pk=invoice_id)
    if InvoiceStatus.VOID not in NEXT[InvoiceStatus(invoice.status)]:
        raise InvoiceRefused(f"Invoice {invoice} is {invoice.status}; only an open one can be voided.")
    if invoice.paid_minor:
        raise InvoiceRefused(f"Invoice {invoice} was paid in part; a credit note corrects it.")
    invoice.status, invoice.voided_at = InvoiceStatus.VOID, at
    invoice.save(update_fields=["status", "voided_at"])
    invoice.lines.update(voided_at=at)
    reverse_invoice(invoice=invoice, at=at)
    record_event(name="invoice.voided", subject=invoice, at=at, data={"reason": reason})
    return invoice
