from __future__ import annotations

from datetime import datetime

from apps.invoices.models import Invoice
from apps.invoices.services.complete_draft import INVOICE_FIELDS, complete_draft


def add_up_draft(*, invoice: Invoice, at: datetime) -> None:
    """Work out and save discounts, tax and totals of a locked draft whose lines have changed.

    All of it is an estimate until the draft is issued. Runs in the caller's transaction.
    """
    complete_draft(invoice=invoice, lines=list(invoice.lines.all()), at=at)
    invoice.save(update_fields=INVOICE_FIELDS)
