from __future__ import annotations

from datetime import datetime
from typing import Any

from apps.audit.services.record import record_event
from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice
from apps.invoices.services.book_write_off import book_write_off


def save_reduced(
    *,
    invoice: Invoice,
    reduced: str,
    by_minor: int,
    cause: str,
    at: datetime,
    data: dict[str, Any] | None = None,
) -> None:
    """Save a locked invoice of which `reduced` took `by_minor` from what is due; paid once nothing is.

    Of an invoice that was written off that much is booked back; `cause` tells its returns apart. `data` joins
    what the event of the payment tells.
    """
    if invoice.status == InvoiceStatus.UNCOLLECTIBLE:
        book_write_off(invoice=invoice, amount_minor=-by_minor, key=f"recovered:{cause}", at=at)
    settled = not invoice.due_minor
    if settled:
        invoice.status, invoice.paid_at = InvoiceStatus.PAID, at
    invoice.save(update_fields=[reduced, "status", "paid_at"])
    if settled:
        record_paid(invoice=invoice, at=at, data=data)


def record_paid(*, invoice: Invoice, at: datetime, data: dict[str, Any] | None = None) -> None:
    """Tell that nothing is due any more of an invoice."""
    record_event(name="invoice.paid", subject=invoice, at=at, data={"number": invoice.number, **(data or {})})
