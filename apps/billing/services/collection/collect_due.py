from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.billing.enums import CollectionStatus
from apps.billing.models import CollectionCase
from apps.billing.services.collection.collect import charge_attempt, set_in_flight
from apps.billing.services.collection.move_case import lock_customer, move_case
from apps.billing.services.collection.place_case import give_up, place_case
from apps.billing.services.collection.recover import recover_customer
from apps.core import clock
from apps.invoices.enums import InvoiceStatus
from apps.payments.enums import DeclineKind
from apps.payments.errors import NothingDue, PaymentInProgress, PaymentMethodMissing
from apps.payments.models import Payment
from apps.payments.services.open_attempt import PAYABLE, open_attempt

NO_METHOD = "There is no payment method on file."


def collect_due(*, case_id: int, at: datetime) -> bool:
    """Do what a case waits for at or before `at` (customer's time): try the charge, or give it up.

    True when something was done; a case that another worker holds, or that is not due, is left alone. Any
    number of workers may call this. Must not be called inside a transaction.
    """
    with transaction.atomic(durable=True):
        case = _claim(case_id, at)
        if case is None:
            return False
        payment = _open(case, at)
    if payment is not None:
        charge_attempt(payment=payment, at=at)
    return True


def _claim(case_id: int, at: datetime) -> CollectionCase | None:
    lock_customer(customer_id=CollectionCase.objects.only("customer_id").get(pk=case_id).customer_id)
    return (
        CollectionCase.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
        .select_related("invoice", "customer__brand")
        .filter(
            pk=case_id,
            status__in=(CollectionStatus.DUE, CollectionStatus.WAITING),
            next_attempt_at__lte=at,
        )
        .first()
    )


def _open(case: CollectionCase, at: datetime) -> Payment | None:
    if case.invoice.status not in PAYABLE:
        # Paid some other way, credited, voided or written off.
        _close(case, at)
        return None
    if case.status == CollectionStatus.WAITING:
        give_up(case=case, at=at)
        return None
    try:
        payment = open_attempt(invoice_id=case.invoice_id, at=at, sent_at=clock.now())
    except NothingDue:
        _close(case, at)
        return None
    except PaymentInProgress:
        set_in_flight(case)
        return None
    except PaymentMethodMissing:
        _wait_for_method(case, at)
        return None
    set_in_flight(case)
    return payment


def _close(case: CollectionCase, at: datetime) -> None:
    case.settled_at = at
    move_case(case, CollectionStatus.SETTLED)
    if case.invoice.status in (InvoiceStatus.PAID, InvoiceStatus.VOID):
        recover_customer(invoice=case.invoice, at=at)


def _wait_for_method(case: CollectionCase, at: datetime) -> None:
    """Nothing was tried, so there is no payment: the invoice itself is what failed."""
    case.last_failure = NO_METHOD
    place_case(case=case, kind=DeclineKind.HARD, at=at)
    record_event(
        name="payment.failed",
        subject=case.invoice,
        at=at,
        data={
            "invoice": case.invoice.public_id,
            "amount_minor": case.invoice.due_minor,
            "currency": case.invoice.currency,
            "decline_kind": DeclineKind.HARD,
            "message": NO_METHOD,
            "off_session": True,
        },
    )
