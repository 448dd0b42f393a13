from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.billing.services.collection.move_case import lock_case, lock_customer
from apps.billing.services.collection.react import react_to_payment
from apps.payments.gateways.terms import ChargeResult
from apps.payments.models import Payment
from apps.payments.services.settle_attempt import settle_attempt


@transaction.atomic
def record_outcome(*, payment_id: int, result: ChargeResult, at: datetime, asked_at: datetime) -> Payment:
    """Settle an attempt and act on it in one transaction: no charge that its subscription misses.

    `at` is the customer's time, `asked_at` real time. The same outcome again changes nothing.
    """
    payment = Payment.objects.only("customer_id", "invoice_id").get(pk=payment_id)
    lock_customer(customer_id=payment.customer_id)
    lock_case(invoice_id=payment.invoice_id)
    if settle_attempt(payment_id=payment_id, result=result, at=at, asked_at=asked_at):
        react_to_payment(payment_id=payment_id, at=at)
    return Payment.objects.select_related("invoice", "payment_method", "customer").get(pk=payment_id)
