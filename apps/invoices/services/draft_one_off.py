from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from apps.customers.models import Customer
from apps.invoices.manual_line import ManualLine, new_line
from apps.invoices.models import Invoice, InvoiceLine
from apps.invoices.services.add_up_draft import add_up_draft
from apps.invoices.services.draft import InvoiceTerms, draft_invoice


@transaction.atomic
def draft_one_off(
    *,
    customer: Customer,
    terms: InvoiceTerms,
    lines: Sequence[ManualLine],
    at: datetime,
    po_number: str = "",
    memo: str = "",
) -> Invoice:
    """Draft an invoice that no subscription asks for; it stays one until somebody finalises or deletes it.

    Discounts and tax are estimates until then. Without `po_number` the customer's own stands on it.

    Raises:
        ManualLineInvalid: see `priced` (422).
    """
    invoice = draft_invoice(customer=customer, terms=terms, charges=[], at=at).invoice
    invoice.po_number, invoice.memo = po_number or invoice.po_number, memo
    invoice.save(update_fields=["po_number", "memo"])
    rows = [new_line(invoice, position, line) for position, line in enumerate(lines, start=1)]
    InvoiceLine.objects.bulk_create(rows)
    add_up_draft(invoice=invoice, at=at)
    return invoice
