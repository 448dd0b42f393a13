from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.invoices.enums import NEXT, InvoiceStatus
from apps.invoices.errors import InvoiceRefused
from apps.invoices.models import Invoice
from apps.invoices.services.mark_paid import save_reduced


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
    save_reduced(
        invoice=invoice,
        reduced="paid_minor",
        by_minor=amount_minor,
        cause=payment_id,
        at=at,
        data={"payment": payment_id},
    )
    return invoice
