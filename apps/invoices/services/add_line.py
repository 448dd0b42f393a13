from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from apps.audit.services.record import record_event
from apps.invoices.manual_line import ManualLine, new_line
from apps.invoices.models import InvoiceLine
from apps.invoices.services.add_up_draft import add_up_draft
from apps.invoices.services.lock_draft import lock_draft


@transaction.atomic
def add_line(*, invoice_id: int, line: ManualLine, at: datetime) -> InvoiceLine:
    """Put a line that is written by hand at the end of a draft, and add the draft up anew.

    Raises:
        InvoiceRefused: it is not a draft any more (409).
        ManualLineInvalid: see `priced` (422).
    """
    invoice = lock_draft(invoice_id=invoice_id)
    last = invoice.lines.aggregate(last=Max("position"))["last"] or 0
    added = new_line(invoice, last + 1, line)
    added.save(force_insert=True)
    add_up_draft(invoice=invoice, at=at)
    record_event(name="invoice.line_added", subject=invoice, at=at, data=told(added))
    return invoice.lines.get(pk=added.pk)


def told(line: InvoiceLine) -> dict[str, object]:
    """What events tell of a line."""
    return {"line": line.public_id, "amount_minor": line.amount_minor, "currency": line.invoice.currency}
