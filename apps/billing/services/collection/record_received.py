from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from apps.billing.services.collection.close_collection import close_collection
from apps.billing.services.collection.move_case import lock_case, lock_customer
from apps.customers.models import Customer
from apps.invoices.models import Invoice
from apps.invoices.services.lock import lock_invoice
from apps.payments.errors import ReceivedPaymentRefused
from apps.payments.models import ReceivedPayment
from apps.payments.selectors import open_payment_of
from apps.payments.services.receive_payment import Received, receive_payment


@transaction.atomic
def record_received(
    *, customer: Customer, invoice_ids: Collection[int], received: Received, at: datetime
) -> ReceivedPayment:
    """Pay several invoices of a customer at once with money that came without a gateway, oldest first.

    All of it happens or nothing: the invoices, the books, the rest to the balance; an invoice of which
    nothing is due any more is collected no longer. `at` is the customer's time.

    Raises:
        ReceivedPaymentRefused: see `receive_payment`; or a payment of one is under way (409).
    """
    lock_customer(customer_id=customer.pk)
    keys = sorted(set(invoice_ids))
    cases = {key: lock_case(invoice_id=key) for key in keys}
    invoices = sorted((lock_invoice(invoice_id=key) for key in keys), key=_age)
    for invoice in invoices:
        if open_payment_of(invoice.pk) is not None:
            raise ReceivedPaymentRefused(
                f"A payment of invoice {invoice} is under way: wait until that has come to an end.",
                field="invoices",
            )
    payment = receive_payment(customer=customer, invoices=invoices, received=received, at=at)
    for invoice in invoices:
        close_collection(invoice=Invoice.objects.get(pk=invoice.pk), case=cases[invoice.pk], at=at)
    return payment


def _age(invoice: Invoice) -> tuple[datetime, int]:
    return (invoice.finalized_at or invoice.created_at, invoice.pk)
