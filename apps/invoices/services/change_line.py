from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.invoices.manual_line import FIELDS, ManualLine, priced
from apps.invoices.models import InvoiceLine
from apps.invoices.services.add_line import told
from apps.invoices.services.add_up_draft import add_up_draft
from apps.invoices.services.lock_draft import lock_draft, manual_line


@transaction.atomic
def change_line(*, invoice_id: int, line_id: int, line: ManualLine, at: datetime) -> InvoiceLine:
    """Write a draft's line anew that was written by hand, and add the draft up.

    Raises:
        InvoiceRefused: it is not a draft any more, or the line bills a subscription (409).
        ManualLineInvalid: see `priced` (422).
    """
    invoice = lock_draft(invoice_id=invoice_id)
    row = manual_line(invoice=invoice, line_id=line_id)
    for name, value in priced(line, invoice.currency).items():
        setattr(row, name, value)
    row.save(update_fields=FIELDS)
    add_up_draft(invoice=invoice, at=at)
    record_event(name="invoice.line_changed", subject=invoice, at=at, data=told(row))
    return invoice.lines.get(pk=row.pk)
