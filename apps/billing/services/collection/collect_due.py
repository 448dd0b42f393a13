from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from apps.audit.services.record import record_event
from apps.billing.dunning_selectors import is_contested, timeline_of
from apps.billing.enums import CollectionStatus, DunningAction
from apps.billing.models import CollectionCase
from apps.billing.services.collection.charge_backup import charge_backup
from apps.billing.services.collection.collect import charge_attempt, set_in_flight
from apps.billing.services.collection.move_case import lock_customer, move_case
from apps.billing.services.collection.place_case import advance_case, place_case
from apps.billing.services.collection.recover import recover_customer
from apps.billing.services.collection.take_step import note_step
from apps.core import clock
from apps.invoices.enums import InvoiceStatus
from apps.payments.enums import DeclineKind
from apps.payments.errors import NetworkCapReached, NothingDue, PaymentInProgress, PaymentMethodMissing
from apps.payments.models import Payment
from apps.payments.services.open_attempt import PAYABLE, open_attempt

LOOK_AGAIN = timedelta(days=1)
NO_METHOD = "There is no payment method on file."


def collect_due(*, case_id: int, at: datetime) -> bool:
    """Do what a case waits for at or before `at` (customer's time): steps of its timeline, and the charge.

    True when something was done; a case that another worker holds, or that is not due, is left alone. Any
    number of workers may call this. Must not be called inside a transaction.
    """
    with transaction.atomic(durable=True):
        case = _claim(case_id, at)
        if case is None:
            return False
        payment = _open(case, at)
    if payment is not None:
        charge_backup(declined=charge_attempt(payment=payment, at=at), at=at)
    return True


def is_due(at: datetime) -> Q:
    """Cases with something to do at or before `at`."""
    return Q(next_attempt_at__lte=at) | Q(next_step_at__lte=at)


def _claim(case_id: int, at: datetime) -> CollectionCase | None:
    lock_customer(customer_id=CollectionCase.objects.only("customer_id").get(pk=case_id).customer_id)
    return (
        CollectionCase.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
        .select_related("invoice", "customer__brand", "policy")
        .filter(is_due(at), pk=case_id, status__in=(CollectionStatus.DUE, CollectionStatus.WAITING))
        .first()
    )


def _open(case: CollectionCase, at: datetime) -> Payment | None:
    if case.invoice.status not in PAYABLE:
        # Paid some other way, credited, voided or written off.
        _close(case, at)
        return None
    if is_contested(case.invoice_id):
        _stand_still(case, at)
        return None
    if not _is_charge_due(case, at):
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
        _wait_for_method(case, NO_METHOD, at)
        return None
    except NetworkCapReached as error:
        _wait_for_method(case, error.message, at)
        return None
    _note_retry(case, at)
    set_in_flight(case)
    return payment


def _is_charge_due(case: CollectionCase, at: datetime) -> bool:
    """Whether the charge is due; otherwise the steps that are, are taken.

    The charge goes first, whatever else is due: it may make the rest needless.
    """
    retry_at = case.next_attempt_at if case.status == CollectionStatus.DUE else None
    if retry_at is not None and retry_at <= at:
        return True
    advance_case(case=case, placed=timeline_of(case), retry_at=retry_at, at=at)
    return False


def _note_retry(case: CollectionCase, at: datetime) -> None:
    """A charge of the timeline's own is one of its steps; one that a new card brought is not."""
    for each in timeline_of(case):
        if each.step.action == DunningAction.RETRY and each.at == case.next_attempt_at:
            note_step(case=case, step=each.step, at=at)


def _stand_still(case: CollectionCase, at: datetime) -> None:
    """Nothing is tried or done while a bank looks into a payment; it is looked at again a day later."""
    if case.next_step_at is not None:
        case.next_step_at = max(case.next_step_at, at + LOOK_AGAIN)
    later = None if case.next_attempt_at is None else max(case.next_attempt_at, at + LOOK_AGAIN)
    move_case(case, CollectionStatus(case.status), next_attempt_at=later)


def _close(case: CollectionCase, at: datetime) -> None:
    case.settled_at = at
    move_case(case, CollectionStatus.SETTLED)
    if case.invoice.status in (InvoiceStatus.PAID, InvoiceStatus.VOID):
        recover_customer(invoice=case.invoice, at=at)


def _wait_for_method(case: CollectionCase, reason: str, at: datetime) -> None:
    """Nothing was tried, so there is no payment: the invoice itself is what failed."""
    case.last_failure = reason
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
            "message": reason,
            "off_session": True,
        },
    )
