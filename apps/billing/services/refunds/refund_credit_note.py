from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.billing.services.collection.move_case import lock_customer
from apps.core.jobs import enqueue
from apps.invoices.enums import CreditReason
from apps.invoices.models import CreditNote
from apps.invoices.services.lock import lock_invoice
from apps.payments.enums import RefundReason
from apps.payments.models import Refund
from apps.payments.refund_selectors import owed_of_note, refundable_payments
from apps.payments.services.request_refund import RefundOrder, request_refund

REASONS = {
    CreditReason.DUPLICATE: RefundReason.DUPLICATE,
    CreditReason.TERMINATION: RefundReason.CANCELLATION,
    CreditReason.PLAN_CHANGE: RefundReason.CANCELLATION,
}


@transaction.atomic
def refund_credit_note(*, note: CreditNote, at: datetime) -> list[Refund]:
    """Ask for what a credit note promises back, from its invoice's payments, the newest first.

    Only rows are written: a worker sends them once this has committed. `at` is the customer's time. What no
    gateway can give back, because the money came by bank transfer or went back already, stays "to be
    refunded" for staff. Calling it again asks only for what no refund has taken up.
    """
    lock_customer(customer_id=note.customer_id)
    lock_invoice(invoice_id=note.invoice_id)
    owed, made = owed_of_note(note), []
    for payment in refundable_payments(note.invoice_id):
        part = min(owed, payment.refundable_minor)
        if part > 0:
            order = RefundOrder(part, REASONS.get(CreditReason(note.reason), RefundReason.OTHER), "", note)
            made.append(request_refund(payment_id=payment.pk, order=order, at=at))
            owed -= part
    if made:
        enqueue("billing.resolve_payments")
    return made
