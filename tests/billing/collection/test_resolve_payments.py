from __future__ import annotations

from datetime import timedelta

import pytest

from apps.billing.enums import CollectionStatus
from apps.billing.services.collection.collect_due import collect_due
from apps.billing.services.collection.resolve_payments import resolve_payments
from apps.core import clock
from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice
from apps.payments.enums import DeclineKind, PaymentStatus
from apps.payments.models import Payment
from apps.payments.services.open_attempt import open_attempt
from tests.factories.billing import STARTED_AT
from tests.factories.payments import case_of, make_unpaid_invoice
from tests.fixtures.gateway import GatewaySandbox

pytestmark = pytest.mark.django_db

CHARGES = {"path": "/v1/payment_intents", "method": "POST"}


def collect(invoice: Invoice) -> Payment:
    collect_due(case_id=case_of(invoice).pk, at=STARTED_AT)
    return Payment.objects.get(invoice=invoice)


def test_charge_whose_answer_is_lost_is_found_within_one_turn(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)
    gateway.control.fault("reset_after", match=CHARGES)
    gateway.control.fault("webhook_drop", match=CHARGES)
    payment = collect(invoice)
    assert (payment.status, case_of(invoice).status) == (PaymentStatus.UNKNOWN, CollectionStatus.IN_FLIGHT)

    assert resolve_payments(now=clock.now()) == 1

    payment.refresh_from_db()
    invoice.refresh_from_db()
    assert (payment.status, invoice.status) == (PaymentStatus.SUCCEEDED, InvoiceStatus.PAID)
    assert case_of(invoice).status == CollectionStatus.SETTLED
    assert [charge["captured"] for charge in gateway.control.charges()] == [True]
    assert resolve_payments(now=clock.now()) == 0


def test_charge_that_never_arrived_is_sent_again_under_its_key(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)
    gateway.control.fault("reset_before", match=CHARGES)
    payment = collect(invoice)
    assert payment.status == PaymentStatus.UNKNOWN
    assert gateway.control.charges() == []

    resolve_payments(now=clock.now())

    payment.refresh_from_db()
    assert payment.status == PaymentStatus.SUCCEEDED
    assert len(gateway.control.charges(idempotency_key=payment.idempotency_key)) == 1


@pytest.mark.parametrize("kind", ["error_500", "error_429"])
def test_error_of_the_gateway_is_unknown_and_never_dunned(gateway: GatewaySandbox, kind: str) -> None:
    invoice = make_unpaid_invoice(gateway)
    gateway.control.fault(kind, match=CHARGES)

    payment = collect(invoice)

    assert payment.status == PaymentStatus.UNKNOWN
    assert (case_of(invoice).failures, case_of(invoice).status) == (0, CollectionStatus.IN_FLIGHT)


def test_stored_error_is_given_up_after_a_while_and_retried_by_the_ladder(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)
    gateway.control.fault("error_500", match=CHARGES)
    payment = collect(invoice)

    resolve_payments(now=clock.now())
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.UNKNOWN

    resolve_payments(now=clock.now() + timedelta(minutes=11))

    payment.refresh_from_db()
    assert (payment.status, payment.error_code) == (PaymentStatus.FAILED, "not_charged")
    assert payment.decline_kind == DeclineKind.SOFT
    assert case_of(invoice).status == CollectionStatus.DUE
    assert gateway.control.charges() == []


def test_forgotten_key_is_only_read_never_sent_again(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)
    gateway.control.fault("reset_before", match=CHARGES)
    payment = collect(invoice)
    gateway.control.forget_idempotency_keys()

    resolve_payments(now=clock.now() + timedelta(hours=25))

    payment.refresh_from_db()
    assert (payment.status, payment.error_code) == (PaymentStatus.FAILED, "not_charged")
    assert gateway.control.charges() == []


def test_process_that_dies_before_it_sends_is_taken_over(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)
    now = clock.now()
    payment = open_attempt(invoice_id=invoice.pk, at=STARTED_AT, sent_at=now)

    assert resolve_payments(now=now + timedelta(seconds=59)) == 0
    assert resolve_payments(now=now + timedelta(seconds=60)) == 1

    payment.refresh_from_db()
    assert payment.status == PaymentStatus.SUCCEEDED
    assert case_of(invoice).status == CollectionStatus.SETTLED
    assert len(gateway.control.charges()) == 1


def test_gateway_that_stays_away_is_asked_less_and_less_often(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)
    gateway.control.fault("reset_before", times=0, match={"path": "/v1/payment_intents"})
    payment = collect(invoice)
    now = clock.now()

    resolve_payments(now=now)

    payment.refresh_from_db()
    assert (payment.status, payment.checks) == (PaymentStatus.UNKNOWN, 1)
    assert payment.check_at == now + timedelta(minutes=1)


def test_customer_who_never_confirms_is_withdrawn_after_a_day(gateway: GatewaySandbox) -> None:
    from apps.billing.services.collection.collect import collect_invoice

    invoice = make_unpaid_invoice(gateway, "pm_card_authenticationRequired")
    asked = collect_invoice(invoice_id=invoice.pk, at=STARTED_AT, off_session=False)

    resolve_payments(now=clock.now() + timedelta(hours=2))
    asked.refresh_from_db()
    assert asked.status == PaymentStatus.REQUIRES_ACTION

    resolve_payments(now=clock.now() + timedelta(hours=30))

    asked.refresh_from_db()
    assert asked.status == PaymentStatus.CANCELED
    assert case_of(invoice).status == CollectionStatus.WAITING
