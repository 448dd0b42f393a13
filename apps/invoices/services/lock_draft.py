from __future__ import annotations

from apps.invoices.enums import InvoiceStatus, LineKind
from apps.invoices.errors import InvoiceRefused
from apps.invoices.models import Invoice, InvoiceLine


def lock_draft(*, invoice_id: int) -> Invoice:
    """A draft with its customer and brand, held until the caller's transaction ends.

    Raises:
        InvoiceRefused: it is not a draft any more (409).
    """
    invoice = (
        Invoice.objects.select_for_update(of=("self",)).select_related("customer__brand").get(pk=invoice_id)
    )
    if invoice.status != InvoiceStatus.DRAFT:
        raise InvoiceRefused(f"Invoice {invoice} is {invoice.status}; only a draft can change.")
    return invoice


def manual_line(*, invoice: Invoice, line_id: int) -> InvoiceLine:
    """A line of a locked draft that was written by hand.

    Raises:
        InvoiceRefused: it bills a subscription (409).
    """
    line = invoice.lines.get(pk=line_id)
    if line.kind != LineKind.MANUAL:
        raise InvoiceRefused("This line bills a subscription: only lines written by hand can change.")
    return line
