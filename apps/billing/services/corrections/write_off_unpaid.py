from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.billing.enums import CollectionStatus
from apps.billing.services.collection.move_case import lock_case, lock_customer, move_case
from apps.billing.services.collection.recover import recover_customer
from apps.invoices.errors import InvoiceRefused
from apps.invoices.models import Invoice
from apps.invoices.services.lock import lock_invoice
from apps.invoices.services.write_off import write_off
from apps.payments.selectors import open_payment_of


@transaction.atomic
def write_off_unpaid_invoice(*, invoice_id: int, reason: str, at: datetime) -> Invoice:
    """Mark an open invoice as uncollectible, and try no more to collect it; the customer may still pay it.

    `at` is the customer's time. What its failed charges had caused is taken back as if it were paid: staff
    who write off and still want to shut the customer out say so by the access of the customer.

    Raises:
        InvoiceRefused: it is not open, or a payment of it is under way (409).
    """
    customer_id = Invoice.objects.only("customer_id").get(pk=invoice_id).customer_id
    lock_customer(customer_id=customer_id)
    case = lock_case(invoice_id=invoice_id)
    # From here on no attempt can be opened; one that was opened before might still bring money.
    lock_invoice(invoice_id=invoice_id)
    if open_payment_of(invoice_id) is not None:
        raise InvoiceRefused(
            "A payment of this invoice is under way: write it off when that has come to an end."
        )
    invoice = write_off(invoice_id=invoice_id, at=at, reason=reason)
    if case is not None and case.status != CollectionStatus.SETTLED:
        case.next_step_at, case.restriction = None, ""
        case.save(update_fields=["restriction"])
        move_case(case, CollectionStatus.EXHAUSTED)
    recover_customer(invoice=invoice, at=at)
    return invoice
