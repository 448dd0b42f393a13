from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from apps.audit.actor import Actor, current_actor
from apps.audit.services.record import record_event
from apps.core.public_ids import new_public_id
from apps.invoices.models import CreditNote
from apps.invoices.services.lock import lock_invoice
from apps.payments.dispute_selectors import was_taken_back
from apps.payments.enums import PaymentStatus, RefundReason, RefundStatus
from apps.payments.errors import RefundRefused
from apps.payments.models import Payment, Refund
from apps.payments.refund_selectors import needs_approval, overpaid_left, owed_of_note
from apps.wallets.enums import MovementKind
from apps.wallets.services.debit import debit_balance


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """What is to go back: minor units of the payment's currency, and the credit note that it pays out.

    The same `key` again finds the refund that it made.
    """

    amount_minor: int
    reason: RefundReason
    note: str = ""
    credit_note: CreditNote | None = None
    key: str = ""


@transaction.atomic
def request_refund(*, payment_id: int, order: RefundOrder, at: datetime) -> Refund:
    """Write down that part of a payment is to be given back, and set the amount aside.

    `at` is the customer's time. The gateway is asked after the commit (`send_refund`), or, above the brand's
    limit, once a second person has approved it. The requester is the current actor.

    Where the money comes from: with a credit note, from what that promised back (refunds_payable). Without
    one, first from what the payment brought beyond its invoice, which is taken from the customer's balance at
    once so that it is not spent meanwhile; the rest reduces revenue (account `refunds`), and tax stays as it
    was invoiced: only a credit note corrects that.

    Raises:
        RefundRefused: the amount is not above zero or more than is left of the payment or of the credit
            note; the payment has not succeeded; the credit note is void or of another invoice (409).
    """
    payment = Payment.objects.select_related("brand", "customer").get(pk=payment_id)
    # The invoice first, as in all that settles payments; it also holds its credit notes.
    lock_invoice(invoice_id=payment.invoice_id)
    known = Refund.objects.filter(payment=payment, idempotency_key=order.key).first()
    if known is not None:
        return known
    _check(payment, order)
    reserve(payment_id=payment_id, amount_minor=order.amount_minor)
    refund = _new_refund(payment, order, at)
    refund.save(force_insert=True)
    _take_from_balance(refund, at)
    record_event(name="refund.requested", subject=refund, at=at, data=told(refund))
    return refund


def reserve(*, payment_id: int, amount_minor: int) -> None:
    """Count an amount as given back, in one statement: however many ask, it is never more than was captured.

    Raises:
        RefundRefused: less is left (409).
    """
    has_left = Payment.objects.filter(
        pk=payment_id,
        status=PaymentStatus.SUCCEEDED,
        returned_minor__lte=F("amount_minor") - amount_minor,
    )
    if not has_left.update(returned_minor=F("returned_minor") + amount_minor):
        raise RefundRefused("Less than that is left of the payment.", field="amount_minor")


def release(*, payment_id: int, amount_minor: int) -> None:
    """Give free what a refund had set aside that did not come about."""
    Payment.objects.filter(pk=payment_id).update(returned_minor=F("returned_minor") - amount_minor)


def actor_name(actor: Actor) -> str:
    """Who acts, as it is compared and shown: the kind of actor and the id, no name."""
    return f"{actor.type}:{actor.id}" if actor.id else str(actor.type)


def told(refund: Refund) -> dict[str, Any]:
    """What an event says of a refund."""
    return {
        "payment": refund.payment.public_id,
        "amount_minor": refund.amount_minor,
        "currency": refund.currency,
        "reason": refund.reason,
        "status": refund.status,
    }


def _check(payment: Payment, order: RefundOrder) -> None:
    if order.amount_minor <= 0:
        raise RefundRefused("A refund is above zero.", field="amount_minor")
    if payment.status != PaymentStatus.SUCCEEDED:
        raise RefundRefused("Only a payment that has succeeded can be refunded.")
    if was_taken_back(payment.pk):
        raise RefundRefused("The payer's bank has taken this payment back: it cannot be refunded as well.")
    note = order.credit_note
    if note is None:
        return
    # Read anew: the invoice is held, so nobody voids it or pays it out from here on.
    note.refresh_from_db(fields=["status", "refund_minor"])
    if note.invoice_id != payment.invoice_id:
        raise RefundRefused(f"Credit note {note} belongs to another invoice.", field="credit_note")
    if order.amount_minor > owed_of_note(note):
        raise RefundRefused(f"Credit note {note} promises less than that back.", field="amount_minor")


def _new_refund(payment: Payment, order: RefundOrder, at: datetime) -> Refund:
    public_id = new_public_id("ref")
    waits = needs_approval(payment, order.amount_minor)
    overpaid = overpaid_left(payment) if order.credit_note is None else 0
    return Refund(
        public_id=public_id,
        brand_id=payment.brand_id,
        livemode=payment.livemode,
        customer=payment.customer,
        payment=payment,
        credit_note=order.credit_note,
        gateway=payment.gateway,
        idempotency_key=order.key or public_id,
        amount_minor=order.amount_minor,
        from_balance_minor=min(order.amount_minor, overpaid),
        currency=payment.currency,
        reason=order.reason,
        note=order.note,
        status=RefundStatus.AWAITING_APPROVAL if waits else RefundStatus.SENDING,
        requested_by=actor_name(current_actor()),
        created_at=at,
    )


def _take_from_balance(refund: Refund, at: datetime) -> None:
    if refund.from_balance_minor:
        debit_balance(
            customer=refund.customer,
            currency=refund.currency,
            amount_minor=refund.from_balance_minor,
            kind=MovementKind.REFUNDED,
            reference=("refund", refund.public_id),
            key=f"refund:{refund.public_id}",
            at=at,
        )
