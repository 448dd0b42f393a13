from __future__ import annotations

from datetime import datetime

from apps.billing.enums import CollectionStatus
from apps.billing.models import CollectionCase
from apps.billing.services.collection.move_case import move_case
from apps.billing.services.collection.recover import recover_customer
from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice


def close_collection(*, invoice: Invoice, case: CollectionCase | None, at: datetime) -> None:
    """Stop collecting an invoice that was settled without a charge, and take back what it had caused.

    Nothing happens while something is due. The caller holds the customer, the case and the invoice.
    """
    if invoice.status not in (InvoiceStatus.PAID, InvoiceStatus.VOID):
        return
    if case is not None and case.status != CollectionStatus.SETTLED:
        case.settled_at = at
        move_case(case, CollectionStatus.SETTLED)
    recover_customer(invoice=invoice, at=at)
