from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.billing.enums import CollectionStatus
from apps.billing.models import CollectionCase
from apps.billing.services.collection.move_case import lock_case, lock_customer, move_case
from apps.billing.services.collection.record_outcome import record_outcome
from apps.core import clock
from apps.core.idempotency import keep_object
from apps.invoices.models import Invoice
from apps.payments.enums import PaymentStatus
from apps.payments.gateways.registry import gateway_named
from apps.payments.models import Payment, PaymentMethod
from apps.payments.selectors import default_method, open_payment_of
from apps.payments.services.ask_gateway import ask_gateway
from apps.payments.services.open_attempt import open_attempt
from apps.payments.services.send_attempt import send_attempt


def collect_invoice(
    *,
    invoice_id: int,
    at: datetime,
    off_session: bool = True,
    method: PaymentMethod | None = None,
) -> Payment:
    """Charge all that an invoice owes now, whatever the ladder says, and act on the outcome.

    `at` is the customer's time. Without `method` the default one is charged. A decline is no exception: the
    payment says so. With `off_session=False` the customer is there, and the payment may come back as
    requires_action; then `action_secret` gives the page what it needs, and calling this again goes on with
    the same attempt. Must not be called inside a transaction.

    Raises:
        NothingDue, PaymentMethodMissing, PaymentInProgress: see `open_attempt` (409).
    """
    if not off_session:
        waiting = _unfinished(invoice_id, method, at)
        if waiting is not None:
            _bind_key(waiting)
            return waiting
    with transaction.atomic(durable=True):
        invoice = Invoice.objects.only("customer_id").get(pk=invoice_id)
        lock_customer(customer_id=invoice.customer_id)
        case = lock_case(invoice_id=invoice_id)
        payment = open_attempt(
            invoice_id=invoice_id,
            at=at,
            # Real time, by which the gateway forgets keys; no rule of billing depends on it.
            sent_at=clock.now(),
            method=method,
            off_session=off_session,
        )
        set_in_flight(case)
        _bind_key(payment)
    return charge_attempt(payment=payment, at=at)


def charge_attempt(*, payment: Payment, at: datetime) -> Payment:
    """Send a committed attempt and act on what the gateway says; outside a transaction."""
    result = send_attempt(payment_id=payment.pk)
    return record_outcome(payment_id=payment.pk, result=result, at=at, asked_at=clock.now())


def set_in_flight(case: CollectionCase | None) -> None:
    """Stop the ladder while an attempt is open. A case that was given up has no ladder: it stays so."""
    if case is not None and case.status != CollectionStatus.EXHAUSTED:
        move_case(case, CollectionStatus.IN_FLIGHT, next_attempt_at=case.next_attempt_at)


def _bind_key(payment: Payment) -> None:
    """Let a repeated request find this attempt, whatever became of the process that opened it."""
    keep_object(object_type="payment", object_id=payment.public_id)


def _unfinished(invoice_id: int, method: PaymentMethod | None, at: datetime) -> Payment | None:
    """The attempt with this card that still waits for the customer; one with another is withdrawn."""
    payment = open_payment_of(invoice_id)
    if payment is None or payment.status != PaymentStatus.REQUIRES_ACTION or not payment.gateway_id:
        return None
    wanted = method or default_method(payment.customer_id)
    same_card = wanted is not None and wanted.pk == payment.payment_method_id
    if same_card:
        result = ask_gateway(payment_id=payment.pk, now=clock.now())
    else:
        result = gateway_named(payment.gateway).cancel_charge(payment.gateway_id)
    payment = record_outcome(payment_id=payment.pk, result=result, at=at, asked_at=clock.now())
    goes_on = payment.status not in (PaymentStatus.FAILED, PaymentStatus.CANCELED)
    return payment if goes_on else None
