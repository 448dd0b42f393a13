from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from apps.audit.services.record import record_event
from apps.invoices.services.lock import lock_invoice
from apps.invoices.services.mark_refunded import mark_refunded
from apps.ledger.services.post import Leg, post_transaction
from apps.payments.enums import REFUND_NEXT, RefundStatus
from apps.payments.gateways.terms import RefundResult
from apps.payments.models import Refund
from apps.payments.refund_selectors import arrived_of_note
from apps.payments.services.request_refund import told
from apps.payments.services.return_reserved import return_reserved
from apps.payments.services.settle_attempt import EXPECTED_PAUSES, UNKNOWN_PAUSES

FINAL = (RefundStatus.SUCCEEDED, RefundStatus.FAILED, RefundStatus.REJECTED)
# The gateway has taken the money out of our account with it.
TAKEN = (RefundStatus.PROCESSING, RefundStatus.SUCCEEDED)


@transaction.atomic
def settle_refund(*, refund_id: int, result: RefundResult, at: datetime, asked_at: datetime) -> bool:
    """Write down what became of a refund: its row, the books, its credit note and the event, or nothing.

    `at` is the customer's time, `asked_at` real time. True when it moved; an answer that was known, or that
    would move it backwards, changes nothing but the time of the next look.

    The books follow the gateway's account: once the gateway has taken the refund on, its clearing account
    falls by the amount, against what is owed for the credit note, or else receivable (the part that came from
    the balance, whose movement has booked the other side) and `refunds` (the rest). A refund that fails, also
    days after it succeeded, is booked back, and its amount can be refunded again.
    """
    invoice_id = Refund.objects.values_list("payment__invoice_id", flat=True).get(pk=refund_id)
    lock_invoice(invoice_id=invoice_id)
    refund = (
        Refund.objects.select_for_update(of=("self",))
        .select_related("customer", "payment", "credit_note")
        .get(pk=refund_id)
    )
    was = RefundStatus(refund.status)
    if result.status not in REFUND_NEXT[was] or was == RefundStatus.AWAITING_APPROVAL:
        _look_later(refund, asked_at)
        return False
    _move(refund, result, at=at, asked_at=asked_at)
    if refund.status in TAKEN and was not in TAKEN:
        _post(refund, sign=1, at=at)
    if refund.status == RefundStatus.FAILED:
        if was in TAKEN:
            _post(refund, sign=-1, at=at)
        return_reserved(refund=refund, at=at)
    if refund.credit_note is not None:
        arrived = arrived_of_note(refund.credit_note)
        mark_refunded(
            credit_note_id=refund.credit_note.pk, is_refunded=arrived == refund.credit_note.refund_minor
        )
    data = {**told(refund), "message": refund.failure_message}
    record_event(name=f"refund.{refund.status}", subject=refund, at=at, data=data)
    return True


def _move(refund: Refund, result: RefundResult, *, at: datetime, asked_at: datetime) -> None:
    refund.status = result.status
    refund.gateway_id = result.gateway_id or refund.gateway_id
    refund.error_code, refund.failure_message = result.error_code[:80], result.message
    refund.checks = 0
    is_final = result.status in FINAL
    refund.settled_at = at if is_final else None
    refund.check_at = None if is_final else asked_at + _pause(refund)
    refund.save(
        update_fields=[
            "status",
            "gateway_id",
            "error_code",
            "failure_message",
            "checks",
            "settled_at",
            "check_at",
        ]
    )


def _look_later(refund: Refund, asked_at: datetime) -> None:
    if refund.status in (*FINAL, RefundStatus.AWAITING_APPROVAL):
        return
    refund.checks += 1
    refund.check_at = asked_at + _pause(refund)
    refund.save(update_fields=["checks", "check_at"])


def _pause(refund: Refund) -> timedelta:
    pauses = UNKNOWN_PAUSES if refund.status == RefundStatus.UNKNOWN else EXPECTED_PAUSES
    return pauses[min(refund.checks, len(pauses) - 1)]


def _post(refund: Refund, *, sign: int, at: datetime) -> None:
    rest = refund.amount_minor - refund.from_balance_minor
    source = "refunds" if refund.credit_note_id is None else "refunds_payable"
    key = f"refund:{refund.public_id}"
    post_transaction(
        key=key if sign > 0 else f"{key}:failed",
        brand_id=refund.brand_id,
        livemode=refund.livemode,
        at=at,
        kind="refund" if sign > 0 else "refund_failed",
        reference=("refund", refund.public_id),
        customer_id=refund.customer_id,
        legs=[
            Leg("receivable", sign * refund.from_balance_minor, refund.currency),
            Leg(source, sign * rest, refund.currency),
            Leg("gateway_clearing", -sign * refund.amount_minor, refund.currency),
        ],
    )
