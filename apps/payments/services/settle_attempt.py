from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction

from apps.audit.services.record import record_event
from apps.invoices.models import Invoice
from apps.invoices.services.apply_payment import apply_payment
from apps.invoices.services.lock import lock_invoice
from apps.ledger.services.post import Leg, post_transaction
from apps.payments.enums import NEXT, DeclineKind, PaymentStatus
from apps.payments.gateways.terms import ChargeResult
from apps.payments.models import Payment
from apps.payments.services.open_attempt import PAYABLE
from apps.wallets.enums import MovementKind
from apps.wallets.services.credit import credit_balance

logger = structlog.get_logger(__name__)

FINAL = (PaymentStatus.SUCCEEDED, PaymentStatus.FAILED, PaymentStatus.CANCELED)
# How long after the n-th look the gateway is asked again; the last one repeats.
UNKNOWN_PAUSES = tuple(timedelta(minutes=m) for m in (0, 1, 5, 15, 60, 360, 1440))
# What the gateway will tell by itself is asked about only in case its message is lost.
EXPECTED_PAUSES = tuple(timedelta(hours=h) for h in (1, 3, 6, 12, 24))


@transaction.atomic
def settle_attempt(*, payment_id: int, result: ChargeResult, at: datetime, asked_at: datetime) -> bool:
    """Write down what became of an attempt: its row, the invoice, the books and the event, or nothing of it.

    `at` is the customer's time, `asked_at` real time. True when the attempt moved; an answer that was known,
    or that would move it backwards, changes nothing but the time of the next look. A failure's event is the
    caller's: it knows when the charge is tried again.
    """
    invoice_id = Payment.objects.values_list("invoice_id", flat=True).get(pk=payment_id)
    # The invoice first, as in open_attempt: two orders would be a deadlock.
    invoice = lock_invoice(invoice_id=invoice_id)
    payment = Payment.objects.select_for_update().get(pk=payment_id)
    if result.status not in NEXT[PaymentStatus(payment.status)]:
        _look_later(payment, asked_at)
        return False
    _move(payment, result, at=at, asked_at=asked_at)
    if result.status == PaymentStatus.SUCCEEDED:
        _count(payment, invoice, at)
    elif result.status != PaymentStatus.FAILED:
        record_event(
            name=f"payment.{result.status}", subject=payment, at=at, data={"invoice": invoice.public_id}
        )
    return True


def _move(payment: Payment, result: ChargeResult, *, at: datetime, asked_at: datetime) -> None:
    payment.status = result.status
    payment.gateway_id = result.gateway_id or payment.gateway_id
    payment.capture_id = result.capture_id or payment.capture_id
    payment.error_code, payment.decline_code = result.error_code[:80], result.decline_code[:80]
    payment.decline_kind = result.decline_kind or ""
    if result.status == PaymentStatus.FAILED and not payment.decline_kind:
        payment.decline_kind = DeclineKind.SOFT
    payment.failure_message = result.message
    payment.checks = 0
    is_final = result.status in FINAL
    payment.settled_at = at if is_final else None
    payment.check_at = None if is_final else asked_at + _pause(payment)
    payment.save(
        update_fields=[
            "status",
            "gateway_id",
            "capture_id",
            "error_code",
            "decline_code",
            "decline_kind",
            "failure_message",
            "checks",
            "settled_at",
            "check_at",
        ]
    )


def _look_later(payment: Payment, asked_at: datetime) -> None:
    if payment.status in FINAL:
        return
    payment.checks += 1
    payment.check_at = asked_at + _pause(payment)
    payment.save(update_fields=["checks", "check_at"])


def _pause(payment: Payment) -> timedelta:
    pauses = UNKNOWN_PAUSES if payment.status == PaymentStatus.UNKNOWN else EXPECTED_PAUSES
    return pauses[min(payment.checks, len(pauses) - 1)]


def _count(payment: Payment, invoice: Invoice, at: datetime) -> None:
    """Put the money where it belongs: on the invoice as far as that owes it, the rest to the balance."""
    owed = invoice.due_minor if invoice.status in PAYABLE else 0
    applied = min(owed, payment.amount_minor)
    record_event(name="payment.succeeded", subject=payment, at=at, data=_told(payment, payment.amount_minor))
    post_transaction(
        key=f"payment:{payment.public_id}",
        brand_id=payment.brand_id,
        livemode=payment.livemode,
        at=at,
        kind="payment",
        reference=("payment", payment.public_id),
        customer_id=payment.customer_id,
        legs=[
            Leg("gateway_clearing", payment.amount_minor, payment.currency),
            Leg("receivable", -payment.amount_minor, payment.currency),
        ],
    )
    if applied:
        apply_payment(invoice_id=invoice.pk, amount_minor=applied, at=at, payment_id=payment.public_id)
    if applied < payment.amount_minor:
        _keep_rest(payment, payment.amount_minor - applied, at)


def _keep_rest(payment: Payment, rest_minor: int, at: datetime) -> None:
    """What an invoice did not owe any more, since it was voided, credited or paid otherwise meanwhile."""
    logger.error("payment_unapplied", payment=payment.public_id, amount_minor=rest_minor)
    record_event(name="payment.unapplied", subject=payment, at=at, data=_told(payment, rest_minor))
    credit_balance(
        customer=payment.customer,
        currency=payment.currency,
        amount_minor=rest_minor,
        kind=MovementKind.OVERPAYMENT,
        reference=("payment", payment.public_id),
        key=f"payment:{payment.public_id}",
        at=at,
    )


def _told(payment: Payment, amount_minor: int) -> dict[str, Any]:
    return {
        "invoice": payment.invoice.public_id,
        "amount_minor": amount_minor,
        "currency": payment.currency,
    }
