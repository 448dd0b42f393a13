from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.invoices.enums import LineKind
from apps.invoices.errors import InvoiceRefused
from apps.invoices.services.lock_draft import lock_draft


@transaction.atomic
def delete_draft(*, invoice_id: int, at: datetime) -> None:
    """Throw away a draft that was written by hand; it had no number, so none is missing.

    Raises:
        InvoiceRefused: it is not a draft, or it bills a subscription, which would be billed by nothing then:
            that is issued, and then voided or credited (409).
    """
    invoice = lock_draft(invoice_id=invoice_id)
    if invoice.lines.exclude(kind=LineKind.MANUAL).exists() or invoice.boundary_at is not None:
        raise InvoiceRefused(
            "This draft bills a subscription: finalise it, and void it or issue a credit note then."
        )
    record_event(name="invoice.deleted", subject=invoice, at=at, data={"total_minor": invoice.total_minor})
    for rows in (invoice.taxes, invoice.discounts, invoice.lines):
        rows.all().delete()
    invoice.delete()
