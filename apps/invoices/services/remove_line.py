from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.invoices.models import Invoice
from apps.invoices.services.add_line import told
from apps.invoices.services.add_up_draft import add_up_draft
from apps.invoices.services.lock_draft import lock_draft, manual_line


@transaction.atomic
def remove_line(*, invoice_id: int, line_id: int, at: datetime) -> Invoice:
    """Take a line that was written by hand off a draft, and add the draft up anew.

    Raises:
        InvoiceRefused: it is not a draft any more, or the line bills a subscription (409).
    """
    invoice = lock_draft(invoice_id=invoice_id)
    row = manual_line(invoice=invoice, line_id=line_id)
    said = told(row)
    row.delete()
    add_up_draft(invoice=invoice, at=at)
    record_event(name="invoice.line_removed", subject=invoice, at=at, data=said)
    return invoice
