from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from apps.billing.services.collection.record_received import record_received
from apps.customers.models import Customer
from apps.payments.enums import ReceiptMethod
from apps.payments.errors import ReceivedPaymentRefused
from apps.payments.models import ReceivedPayment
from apps.payments.services.close_line import close_line, lock_line
from apps.payments.services.receive_payment import Received


@transaction.atomic
def pay_from_line(
    *, line_id: int, customer: Customer, invoice_ids: Collection[int], at: datetime
) -> ReceivedPayment:
    """Say that a line of a bank statement is a customer's money: it pays the invoices, oldest first.

    What is too much, or all of it without invoices, goes to the customer's balance. `at` is the customer's
    time.

    Raises:
        StatementLineMatched: the line was dealt with before (409).
        ReceivedPaymentRefused: the line is of another brand or mode, or of money that left; see
            `record_received` (409).
    """
    line = lock_line(line_id=line_id)
    if (line.brand_id, line.livemode) != (customer.brand_id, customer.livemode) or line.amount_minor <= 0:
        raise ReceivedPaymentRefused("This line is no money that this customer could have sent.")
    received = Received(line.amount_minor, line.currency, ReceiptMethod.BANK_TRANSFER, line.entry_key)
    payment = record_received(customer=customer, invoice_ids=invoice_ids, received=received, at=at)
    close_line(line=line, payment=payment, at=at)
    return payment
