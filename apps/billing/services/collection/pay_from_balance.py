from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.billing.services.collection.close_collection import close_collection
from apps.billing.services.collection.move_case import lock_case, lock_customer
from apps.invoices.errors import InvoiceRefused
from apps.invoices.models import Invoice
from apps.invoices.services.apply_balance import apply_balance
from apps.invoices.services.lock import lock_invoice
from apps.payments.selectors import open_payment_of


@transaction.atomic
def pay_from_balance(*, invoice_id: int, key: str, at: datetime) -> Invoice:
    """Pay an issued invoice from the customer's balance as far as it goes, and stop collecting once paid.

    `at` is the customer's time; the same `key` again applies nothing.

    Raises:
        InvoiceRefused: it is not open, or a payment of it is under way (409).
    """
    customer_id = Invoice.objects.only("customer_id").get(pk=invoice_id).customer_id
    lock_customer(customer_id=customer_id)
    case = lock_case(invoice_id=invoice_id)
    lock_invoice(invoice_id=invoice_id)
    if open_payment_of(invoice_id) is not None:
        raise InvoiceRefused("A payment of this invoice is under way: wait until that has come to an end.")
    invoice = apply_balance(invoice_id=invoice_id, key=key, at=at)
    close_collection(invoice=invoice, case=case, at=at)
    return invoice
