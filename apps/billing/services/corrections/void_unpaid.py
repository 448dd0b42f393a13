from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.billing.services.collection.close_collection import close_collection
from apps.billing.services.collection.move_case import lock_case, lock_customer
from apps.invoices.errors import InvoiceRefused
from apps.invoices.models import Invoice
from apps.invoices.services.lock import lock_invoice
from apps.invoices.services.void import void_invoice
from apps.payments.selectors import open_payment_of


@transaction.atomic
def void_unpaid_invoice(*, invoice_id: int, reason: str, at: datetime) -> Invoice:
    """Cancel an issued invoice of which nothing was paid, stop its collecting, and take back what it caused.

    `at` is the customer's time. Its charges become free to be billed again.

    Raises:
        InvoiceRefused: it is not open, money came in, or a payment of it is under way (409).
    """
    customer_id = Invoice.objects.only("customer_id").get(pk=invoice_id).customer_id
    lock_customer(customer_id=customer_id)
    case = lock_case(invoice_id=invoice_id)
    # From here on no attempt can be opened; one that was opened before might still bring money.
    lock_invoice(invoice_id=invoice_id)
    if open_payment_of(invoice_id) is not None:
        raise InvoiceRefused("A payment of this invoice is under way: void it when that has come to an end.")
    invoice = void_invoice(invoice_id=invoice_id, at=at, reason=reason)
    close_collection(invoice=invoice, case=case, at=at)
    return invoice
