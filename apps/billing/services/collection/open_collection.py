from __future__ import annotations

from datetime import datetime

from apps.billing.enums import CollectionStatus
from apps.billing.models import CollectionCase
from apps.core.jobs import enqueue
from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice
from apps.subscriptions.enums import CollectionMethod


def open_collection(*, invoice: Invoice, at: datetime) -> CollectionCase | None:
    """Let a finalised invoice be charged from `at` on; None when nothing is due or an invoice is sent.

    Runs in the transaction that finalises the invoice, so both appear together. `at` is the customer's time.
    """
    automatic = invoice.collection_method == CollectionMethod.CHARGE_AUTOMATICALLY
    if not automatic or invoice.status != InvoiceStatus.OPEN or invoice.due_minor <= 0:
        return None
    case = CollectionCase.objects.create(
        invoice=invoice,
        customer_id=invoice.customer_id,
        status=CollectionStatus.DUE,
        next_attempt_at=at,
        opened_at=at,
    )
    enqueue("billing.collect", invoice_id=invoice.pk)
    return case
