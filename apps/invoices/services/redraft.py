from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from apps.audit.services.record import record_event
from apps.invoices.enums import InvoiceStatus
from apps.invoices.errors import InvoiceRefused
from apps.invoices.models import Invoice
from apps.invoices.services.complete_draft import INVOICE_FIELDS, complete_draft
from apps.invoices.services.draft import Draft, add_lines
from apps.pricing.charge import Charge


def redraft_invoice(
    *, invoice: Invoice, dropped: Collection[int], charges: Sequence[Charge], at: datetime
) -> Draft:
    """Take lines (by key) off a locked draft, put charges in their places, and add up anew.

    New lines take the places of the old ones in order; what is more comes last. What was billed
    progressively stays taken off. Runs in the caller's transaction.

    Raises:
        InvoiceRefused: it is not a draft any more (409).
        AlreadyCharged: a charge stands on another invoice that is not void (409).
    """
    if invoice.status != InvoiceStatus.DRAFT:
        raise InvoiceRefused(f"Invoice {invoice} is {invoice.status}; only a draft can change.")
    kept = list(invoice.lines.exclude(pk__in=dropped))
    freed = list(invoice.lines.filter(pk__in=dropped).values_list("position", flat=True))
    invoice.lines.filter(pk__in=dropped).delete()
    beyond = max([*freed, *(line.position for line in kept)], default=0)
    places = [*freed, *range(beyond + 1, beyond + 1 + len(charges))][: len(charges)]
    added = add_lines(invoice, charges, places)
    lines = sorted([*kept, *added], key=lambda line: line.position)
    complete_draft(invoice=invoice, lines=lines, at=at)
    invoice.save(update_fields=INVOICE_FIELDS)
    record_event(name="invoice.redrafted", subject=invoice, at=at, data={"lines": len(lines)})
    return Draft(invoice, lines)
