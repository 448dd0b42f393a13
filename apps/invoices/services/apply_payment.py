from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.invoices.enums import NEXT, InvoiceStatus
from apps.invoices.errors import InvoiceRefused
from apps.invoices.models import Invoice


@transaction.atomic
def apply_payment(*, invoice_id: int, amount_minor: int, at: datetime, payment_id: str) -> Invoice:
    """Count a payment (public id) of `amount_minor` toward an invoice; paid once nothing is due.

    Called once for each payment, in the transaction that settles it; the ledger is the caller's.

    Raises:
        InvoiceRefused: it is not open or uncollectible, or less than the amount is due (409).
    """
    invoice = Invoice.objects.select_for_update().get(pk=invoice_id)
    if InvoiceStatus.PAID not in NEXT[InvoiceStatus(invoice.status)]:
        raise InvoiceRefused(f"Invoice {invoice} is {invoice.status} and takes no payment.")
    if amount_minor > invoice.due_minor:
        raise InvoiceRefused(f"Invoice {invoice} has less due than was paid.", field="amount_minor")
    invoice.paid_minor += amount_minor
    if not invoice.due_minor:
        invoice.status, invoice.paid_at = InvoiceStatus.PAID, at
    invoice.save(update_fields=["paid_minor", "status", "paid_at"])
    if invoice.status == InvoiceStatus.PAID:
        record_event(
            name="invoice.paid",
            subject=invoice,
            at=at,
            data={"number": invoice.number, "payment": payment_id},
        )
    return invoice
