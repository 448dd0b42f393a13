from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from apps.billing.services.collection.move_case import lock_customer
from apps.billing.services.refunds.record_refund import record_refund
from apps.core import clock
from apps.core.idempotency import keep_object
from apps.payments.models import Payment, Refund
from apps.payments.refund_selectors import refunds_with_parts
from apps.payments.services.decide_refund import approve_refund, reject_refund
from apps.payments.services.request_refund import RefundOrder, request_refund
from apps.payments.services.send_refund import send_refund


def refund_payment(
    *, payment: Payment, order: RefundOrder, at: datetime, note: Callable[[], object] | None = None
) -> Refund:
    """Give money of a payment back now, or let it wait for a second person where it is above the limit.

    `at` is the customer's time; `note` writes down who does it and why, in the same transaction. What the
    gateway says is in the refund's status. Must not be called inside a transaction.

    Raises:
        RefundRefused: see `request_refund` (409).
    """
    with transaction.atomic(durable=True):
        lock_customer(customer_id=payment.customer_id)
        refund = request_refund(payment_id=payment.pk, order=order, at=at)
        if note is not None:
            note()
        # Lets a repeated request find this refund, whatever became of the process that made it.
        keep_object(object_type="refund", object_id=refund.public_id)
    return carry_out_refund(refund_id=refund.pk, at=at)


def approve_and_refund(*, refund: Refund, at: datetime, note: Callable[[], object]) -> Refund:
    """Approve a refund as its second person, and send it. Raises as `approve_refund`."""
    with transaction.atomic(durable=True):
        lock_customer(customer_id=refund.customer_id)
        approve_refund(refund_id=refund.pk, at=at)
        note()
    return carry_out_refund(refund_id=refund.pk, at=at)


@transaction.atomic
def refuse_refund(*, refund: Refund, at: datetime, note: Callable[[], object]) -> Refund:
    """Drop a refund that waits for approval. Raises as `reject_refund`."""
    lock_customer(customer_id=refund.customer_id)
    note()
    return reject_refund(refund_id=refund.pk, at=at)


def carry_out_refund(*, refund_id: int, at: datetime) -> Refund:
    """Send a committed refund that nobody has sent, and write down the answer; outside a transaction."""
    result = send_refund(refund_id=refund_id, now=clock.now())
    if result is None:
        return refunds_with_parts().get(pk=refund_id)
    return record_refund(refund_id=refund_id, result=result, at=at, asked_at=clock.now())
