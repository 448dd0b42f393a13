from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from djstripe.models import Charge, PaymentIntent
from djstripe.models import PaymentMethod as MirroredMethod

from apps.audit.models import Event
from apps.billing.due import drain_inbox
from apps.billing.enums import CollectionStatus
from apps.billing.services.collection.collect_due import collect_due
from apps.billing.services.collection.record_outcome import record_outcome
from apps.core import clock
from apps.invoices.enums import InvoiceStatus
from apps.invoices.services.void import void_invoice
from apps.ledger.models import Entry, Transaction
from apps.payments.enums import PaymentMethodStatus, PaymentStatus
from apps.payments.gateways.terms import ChargeResult
from apps.payments.models import GatewayEvent, Payment, PaymentMethod
from apps.payments.services.open_attempt import open_attempt
from apps.payments.services.send_attempt import send_attempt
from apps.payments.services.start_setup import start_setup
from apps.wallets.enums import MovementKind
from apps.wallets.selectors import movements_of
from tests.factories.billing import STARTED_AT
from tests.factories.customers import make_customer
from tests.factories.payments import case_of, make_unpaid_invoice
from tests.fixtures.gateway import WEBHOOK_URL, GatewaySandbox, post_event, signature

pytestmark = pytest.mark.django_db

EVENT: dict[str, Any] = {
    "id": "evt_1",
    "object": "event",
    "type": "payment_intent.succeeded",
    "livemode": False,
    "data": {"object": {"id": "pi_1", "object": "payment_intent", "metadata": {}}},
}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_duplicate_and_shuffled_messages_end_like_ordered_ones(gateway: GatewaySandbox, seed: int) -> None:
    invoice = make_unpaid_invoice(gateway)
    payment = open_attempt(invoice_id=invoice.pk, at=STARTED_AT, sent_at=clock.now())
    # The process dies right after the charge: only messages tell of it.
    send_attempt(payment_id=payment.pk)

    gateway.deliver(copies=3, seed=seed)

    payment.refresh_from_db()
    invoice.refresh_from_db()
    assert (payment.status, invoice.status) == (PaymentStatus.SUCCEEDED, InvoiceStatus.PAID)
    assert GatewayEvent.objects.count() == len(gateway.events())
    assert not GatewayEvent.objects.filter(processed_at=None).exists()
    assert Transaction.objects.filter(kind="payment").count() == 1
    assert len(gateway.control.charges()) == 1


def test_messages_mirror_what_was_charged(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)
    collect_due(case_id=case_of(invoice).pk, at=STARTED_AT)

    gateway.deliver()

    payment = Payment.objects.get()
    mirrored = PaymentIntent.objects.get(id=payment.gateway_id)
    assert (mirrored.stripe_data["status"], mirrored.stripe_data["amount"]) == ("succeeded", 2900)
    assert Charge.objects.get(payment_intent=mirrored).stripe_data["amount"] == 2900
    assert MirroredMethod.objects.filter(id=PaymentMethod.objects.get().gateway_id).exists()


def test_card_of_a_closed_page_is_adopted_by_message(gateway: GatewaySandbox) -> None:
    customer = make_customer()
    setup = start_setup(customer=customer, at=STARTED_AT)
    gateway.confirm_setup(setup.setup_id)

    gateway.deliver()

    method = PaymentMethod.objects.get(customer=customer)
    assert (method.last4, method.card_brand, method.is_default) == ("4242", "visa", True)


def test_card_detached_at_the_gateway_is_removed_here(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)
    card = PaymentMethod.objects.get(customer=invoice.customer)
    gateway.api.payment_methods.detach(card.gateway_id)

    gateway.deliver()

    card.refresh_from_db()
    assert (card.status, card.is_default) == (PaymentMethodStatus.REMOVED, False)


def test_validly_signed_lie_changes_nothing(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway, behaviour="insufficient_funds")
    collect_due(case_id=case_of(invoice).pk, at=STARTED_AT)
    payment = Payment.objects.get()
    subject = {"id": payment.gateway_id, "status": "succeeded", "metadata": {"payment": payment.public_id}}

    post_event(EVENT | {"data": {"object": subject}})
    drain_inbox()

    payment.refresh_from_db()
    assert payment.status == PaymentStatus.FAILED


def test_message_of_unknown_type_is_kept_and_done(gateway: GatewaySandbox) -> None:
    assert post_event(EVENT | {"type": "radar.early_fraud_warning.created"}).status_code == 200

    drain_inbox()

    event = GatewayEvent.objects.get()
    assert (event.tries, event.error, event.processed_at is not None) == (1, "", True)


def test_failing_message_waits_and_does_not_stop_the_others(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)
    payment = open_attempt(invoice_id=invoice.pk, at=STARTED_AT, sent_at=clock.now())
    send_attempt(payment_id=payment.pk)
    bad = {
        "id": "seti_none",
        "object": "setup_intent",
        "customer": gateway.events()[0]["data"]["object"]["id"],
    }
    post_event(EVENT | {"type": "setup_intent.succeeded", "data": {"object": bad}})

    gateway.deliver()

    assert Payment.objects.get().status == PaymentStatus.SUCCEEDED
    failed = GatewayEvent.objects.get(event_id="evt_1")
    assert failed.processed_at is None
    assert failed.error.startswith("PaymentMethodRefused")
    assert failed.next_try_at is not None
    assert failed.next_try_at > clock.now()


@pytest.mark.parametrize(
    ("secret", "shift", "status"),
    [
        (None, timedelta(0), 200),
        (None, timedelta(seconds=-295), 200),
        (None, timedelta(seconds=295), 200),
        ("whsec_of_somebody_else", timedelta(0), 400),
        (None, timedelta(seconds=-305), 400),
        (None, timedelta(seconds=305), 400),
    ],
)
def test_webhook_checks_secret_and_age(secret: str | None, shift: timedelta, status: int) -> None:
    answer = post_event(EVENT, secret=secret, signed_at=clock.now() + shift)

    assert answer.status_code == status
    assert GatewayEvent.objects.count() == (status == 200)


@pytest.mark.parametrize("header", ["", "t=1", "v1=abc", "t=x,v1=abc", "nonsense"])
def test_webhook_without_a_usable_signature_is_refused(header: str) -> None:
    answer = Client().post(
        WEBHOOK_URL, json.dumps(EVENT), content_type="application/json", headers={"Stripe-Signature": header}
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "webhook_refused")
    assert not GatewayEvent.objects.exists()


def test_webhook_with_a_changed_body_is_refused(settings: Any) -> None:
    body = json.dumps(EVENT).encode()
    header = signature(body, settings.STRIPE_WEBHOOK_SECRET, clock.now())

    answer = Client().post(
        WEBHOOK_URL, body + b" ", content_type="application/json", headers={"Stripe-Signature": header}
    )

    assert answer.status_code == 400


@pytest.mark.parametrize(
    "body", [b"[]", b"{}", b"\xff", b'{"id": "evt_1", "type": "x", "livemode": false, "data": {"object": 1}}']
)
def test_webhook_that_is_signed_but_no_event_is_refused(settings: Any, body: bytes) -> None:
    header = signature(body, settings.STRIPE_WEBHOOK_SECRET, clock.now())

    answer = Client().post(
        WEBHOOK_URL, body, content_type="application/json", headers={"Stripe-Signature": header}
    )

    assert answer.status_code == 400


def test_webhook_that_is_too_large_is_not_read() -> None:
    answer = Client().post(
        WEBHOOK_URL,
        b"x" * (256 * 1024 + 1),
        content_type="application/json",
        headers={"Stripe-Signature": "t=1,v1=a"},
    )

    assert answer.status_code == 413


def test_mirror_that_fails_stops_no_payment(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)
    payment = open_attempt(invoice_id=invoice.pk, at=STARTED_AT, sent_at=clock.now())
    send_attempt(payment_id=payment.pk)
    gateway.control.fault("error_500", times=0, match={"path": "/v1/charges/*"})
    gateway.control.fault("error_500", times=0, match={"path": "/v1/customers/*"})

    gateway.deliver()

    payment.refresh_from_db()
    assert payment.status == PaymentStatus.SUCCEEDED
    assert not GatewayEvent.objects.filter(processed_at=None).exists()


def test_money_for_a_voided_invoice_becomes_credit(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)
    payment = open_attempt(invoice_id=invoice.pk, at=STARTED_AT, sent_at=clock.now())
    send_attempt(payment_id=payment.pk)
    void_invoice(invoice_id=invoice.pk, at=STARTED_AT, reason="test")

    gateway.deliver()

    payment.refresh_from_db()
    assert payment.status == PaymentStatus.SUCCEEDED
    credit = Entry.objects.get(account__code="customer_credit")
    assert (credit.amount_minor, Event.objects.filter(name="payment.unapplied").count()) == (-2900, 1)
    (movement,) = movements_of(invoice.customer_id)
    assert (movement.kind, movement.amount_minor) == (MovementKind.OVERPAYMENT, 2900)
    assert movement.reference_id == payment.public_id


def test_money_that_comes_after_a_failure_is_still_counted(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)
    payment = open_attempt(invoice_id=invoice.pk, at=STARTED_AT, sent_at=clock.now())
    send_attempt(payment_id=payment.pk)
    record_outcome(
        payment_id=payment.pk,
        result=ChargeResult(PaymentStatus.FAILED, error_code="not_charged"),
        at=STARTED_AT,
        asked_at=clock.now(),
    )
    assert case_of(invoice).status == CollectionStatus.DUE

    gateway.deliver()

    payment.refresh_from_db()
    invoice.refresh_from_db()
    assert (payment.status, invoice.status) == (PaymentStatus.SUCCEEDED, InvoiceStatus.PAID)
    assert case_of(invoice).status == CollectionStatus.SETTLED
