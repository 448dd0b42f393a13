from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.audit.services.record import record_event
from apps.billing.enums import CollectionStatus
from apps.billing.models import CollectionCase
from apps.billing.services.collection.close_collection import close_collection
from apps.billing.services.collection.move_case import lock_case
from apps.billing.services.collection.place_case import place_case
from apps.core.api.fields import rfc3339
from apps.invoices.enums import InvoiceStatus
from apps.payments.enums import DeclineKind, PaymentStatus
from apps.payments.models import Payment
from apps.payments.selectors import last_automatic_failure


@transaction.atomic
def react_to_payment(*, payment_id: int, at: datetime) -> None:
    """Act on an attempt that moved at `at` (customer's time): collecting, subscriptions, access.

    A success settles the case; a failure puts it on the next rung, or lets it wait for the customer, or gives
    it up. An attempt that is still open only keeps the ladder still.
    """
    payment = Payment.objects.select_related("invoice").get(pk=payment_id)
    case = lock_case(invoice_id=payment.invoice_id)
    if payment.status == PaymentStatus.SUCCEEDED:
        _settle(payment, case, at)
    elif payment.status in (PaymentStatus.FAILED, PaymentStatus.CANCELED):
        if case is not None:
            _fail(payment, case, at)
        if payment.status == PaymentStatus.FAILED:
            _tell(payment, case, at)


def _settle(payment: Payment, case: CollectionCase | None, at: datetime) -> None:
    if payment.invoice.status == InvoiceStatus.PAID:
        close_collection(invoice=payment.invoice, case=case, at=at)


def _fail(payment: Payment, case: CollectionCase, at: datetime) -> None:
    if case.status == CollectionStatus.SETTLED:
        return
    if payment.invoice.status == InvoiceStatus.PAID:
        # Credited while the attempt was open: nothing is to be tried again.
        close_collection(invoice=payment.invoice, case=case, at=at)
        return
    if payment.status == PaymentStatus.FAILED:
        case.failures += 1
        case.last_failure = payment.failure_message
    place_case(case=case, kind=_governing_kind(payment), at=at)


def _governing_kind(payment: Payment) -> DeclineKind:
    """Which decline decides what comes next: that of the card which is charged without the customer.

    What the customer tries by hand meanwhile does not move the ladder, be it declined or left unfinished.
    """
    last = last_automatic_failure(payment.invoice_id)
    kind = (last or payment).decline_kind
    return DeclineKind(kind) if kind else DeclineKind.AUTHENTICATION


def _tell(payment: Payment, case: CollectionCase | None, at: datetime) -> None:
    data: dict[str, Any] = {
        "invoice": payment.invoice.public_id,
        "amount_minor": payment.amount_minor,
        "currency": payment.currency,
        "decline_kind": payment.decline_kind,
        "message": payment.failure_message,
        "off_session": payment.is_off_session,
    }
    if case is not None and case.status == CollectionStatus.DUE and case.next_attempt_at:
        data["next_attempt_at"] = rfc3339(case.next_attempt_at)
    record_event(name="payment.failed", subject=payment, at=at, data=data)
