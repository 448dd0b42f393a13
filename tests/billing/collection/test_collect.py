from __future__ import annotations

from datetime import timedelta

import pytest

from apps.audit.models import Event
from apps.billing.enums import CollectionStatus
from apps.billing.services.collection.adopt_method import adopt_method
from apps.billing.services.collection.collect import collect_invoice
from apps.billing.services.collection.collect_due import collect_due
from apps.core import clock
from apps.entitlements.enums import AccessLevel
from apps.entitlements.models import CustomerAccess
from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice
from apps.ledger.models import Entry
from apps.payments.enums import DeclineKind, PaymentStatus
from apps.payments.errors import NothingDue
from apps.payments.models import Payment, PaymentMethod
from apps.payments.services.action_secret import action_secret
from apps.payments.services.remove_method import forget_method
from apps.payments.services.start_setup import start_setup
from apps.subscriptions.enums import SubscriptionStatus
from apps.subscriptions.models import Subscription
from tests.factories.billing import STARTED_AT, utc
from tests.factories.payments import case_of, make_unpaid_invoice, save_card
from tests.fixtures.gateway import GatewaySandbox

pytestmark = pytest.mark.django_db


def status_of_subscription(invoice: Invoice) -> str:
    return Subscription.objects.get(customer_id=invoice.customer_id).status


def names_of_events(invoice: Invoice) -> list[str]:
    about_money = ("payment.", "invoice.paid", "collection.", "subscription.p", "subscription.rec", "access.")
    events = Event.objects.filter(customer_id=invoice.customer_id).order_by("pk")
    return [event.name for event in events if event.name.startswith(about_money)]


def balance(account: str) -> int:
    return sum(Entry.objects.filter(account__code=account).values_list("amount_minor", flat=True))


def test_collect_due_with_a_good_card_pays_the_invoice(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)

    assert collect_due(case_id=case_of(invoice).pk, at=STARTED_AT)

    invoice.refresh_from_db()
    payment = Payment.objects.get(invoice=invoice)
    assert (payment.status, payment.amount_minor, payment.attempt) == (PaymentStatus.SUCCEEDED, 2900, 1)
    assert (invoice.status, invoice.paid_minor, invoice.paid_at) == (InvoiceStatus.PAID, 2900, STARTED_AT)
    assert case_of(invoice).status == CollectionStatus.SETTLED
    assert (balance("receivable"), balance("gateway_clearing")) == (0, 2900)
    (charge,) = gateway.control.charges(metadata={"payment": payment.public_id})
    assert (charge["amount"], charge["currency"], charge["captured"]) == (2900, "eur", True)
    assert "payment.succeeded" in names_of_events(invoice)


def test_collect_due_again_does_nothing(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)
    collect_due(case_id=case_of(invoice).pk, at=STARTED_AT)

    assert not collect_due(case_id=case_of(invoice).pk, at=STARTED_AT)

    assert len(gateway.control.charges()) == 1


def test_collect_invoice_that_is_paid_is_refused(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)
    collect_invoice(invoice_id=invoice.pk, at=STARTED_AT)

    with pytest.raises(NothingDue):
        collect_invoice(invoice_id=invoice.pk, at=STARTED_AT)

    assert Payment.objects.count() == 1


def test_collect_with_a_soft_decline_retries_on_the_third_day_and_recovers(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway, behaviour="insufficient_funds")

    collect_due(case_id=case_of(invoice).pk, at=STARTED_AT)

    case = case_of(invoice)
    assert (case.status, case.failures) == (CollectionStatus.DUE, 1)
    assert case.next_attempt_at == STARTED_AT + timedelta(days=3)
    assert status_of_subscription(invoice) == SubscriptionStatus.PAST_DUE
    assert not CustomerAccess.objects.exists()
    assert not collect_due(case_id=case.pk, at=STARTED_AT + timedelta(days=3, seconds=-1))

    card = Payment.objects.get().payment_method
    assert card is not None
    gateway.control.set_behaviour(card.gateway_id, "ok")
    collect_due(case_id=case.pk, at=STARTED_AT + timedelta(days=3))

    invoice.refresh_from_db()
    assert (invoice.status, case_of(invoice).status) == (InvoiceStatus.PAID, CollectionStatus.SETTLED)
    assert status_of_subscription(invoice) == SubscriptionStatus.ACTIVE
    assert names_of_events(invoice) == [
        "subscription.past_due",
        "payment.failed",
        "payment.succeeded",
        "invoice.paid",
        "subscription.recovered",
    ]


def test_failed_event_tells_the_decline_and_the_next_attempt(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway, behaviour="insufficient_funds")

    collect_due(case_id=case_of(invoice).pk, at=STARTED_AT)

    assert Event.objects.get(name="payment.failed").data == {
        "invoice": invoice.public_id,
        "amount_minor": 2900,
        "currency": "EUR",
        "decline_kind": "soft",
        "message": "Your card has insufficient funds.",
        "off_session": True,
        "next_attempt_at": "2026-02-03T09:30:00Z",
    }


def test_ladder_at_its_end_gives_up_and_restricts_access(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway, behaviour="insufficient_funds")

    for day in (0, 3, 5, 7):
        collect_due(case_id=case_of(invoice).pk, at=STARTED_AT + timedelta(days=day))

    case = case_of(invoice)
    assert (case.status, case.failures, case.next_attempt_at) == (CollectionStatus.EXHAUSTED, 4, None)
    assert CustomerAccess.objects.get(customer_id=invoice.customer_id).level == AccessLevel.READ_ONLY
    assert names_of_events(invoice)[-3:] == ["collection.exhausted", "access.changed", "payment.failed"]
    assert not collect_due(case_id=case.pk, at=STARTED_AT + timedelta(days=30))


def test_new_card_after_giving_up_pays_at_once_and_returns_access(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway, behaviour="insufficient_funds")
    for day in (0, 3, 5, 7):
        collect_due(case_id=case_of(invoice).pk, at=STARTED_AT + timedelta(days=day))
    setup = start_setup(customer=invoice.customer, at=utc(2026, 2, 20))
    gateway.confirm_setup(setup.setup_id, "pm_card_mastercard")

    adopt_method(customer=invoice.customer, setup_id=setup.setup_id, at=utc(2026, 2, 20))

    invoice.refresh_from_db()
    assert (invoice.status, invoice.paid_at) == (InvoiceStatus.PAID, utc(2026, 2, 20))
    assert CustomerAccess.objects.get(customer_id=invoice.customer_id).level == AccessLevel.FULL
    assert status_of_subscription(invoice) == SubscriptionStatus.ACTIVE


def test_second_failure_after_giving_up_is_not_told_again(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway, behaviour="insufficient_funds")
    for day in (0, 3, 5, 7):
        collect_due(case_id=case_of(invoice).pk, at=STARTED_AT + timedelta(days=day))

    collect_invoice(invoice_id=invoice.pk, at=STARTED_AT + timedelta(days=9), off_session=False)

    assert Event.objects.filter(name="collection.exhausted").count() == 1
    assert case_of(invoice).status == CollectionStatus.EXHAUSTED


def test_hard_decline_waits_for_a_card_until_the_last_rung(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway, behaviour="lost_card")

    collect_due(case_id=case_of(invoice).pk, at=STARTED_AT)

    case = case_of(invoice)
    assert Payment.objects.get().decline_kind == DeclineKind.HARD
    assert (case.status, case.next_attempt_at) == (CollectionStatus.WAITING, STARTED_AT + timedelta(days=7))
    assert "next_attempt_at" not in Event.objects.get(name="payment.failed").data
    assert not collect_due(case_id=case.pk, at=STARTED_AT + timedelta(days=6))

    collect_due(case_id=case.pk, at=STARTED_AT + timedelta(days=7))

    assert case_of(invoice).status == CollectionStatus.EXHAUSTED
    assert len(gateway.control.charges(status="failed")) == 1


def test_no_card_at_all_waits_for_one(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)
    forget_method(method_id=PaymentMethod.objects.get().pk, at=STARTED_AT)

    collect_due(case_id=case_of(invoice).pk, at=STARTED_AT)

    assert case_of(invoice).status == CollectionStatus.WAITING
    assert status_of_subscription(invoice) == SubscriptionStatus.PAST_DUE
    assert not Payment.objects.exists()
    assert Event.objects.get(name="payment.failed").subject_id == invoice.public_id


def test_card_that_asks_for_the_customer_waits_then_is_confirmed_on_session(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway, "pm_card_authenticationRequired")

    collect_due(case_id=case_of(invoice).pk, at=STARTED_AT)

    assert Payment.objects.get().decline_kind == DeclineKind.AUTHENTICATION
    assert case_of(invoice).status == CollectionStatus.WAITING

    asked = collect_invoice(invoice_id=invoice.pk, at=STARTED_AT, off_session=False)
    assert asked.status == PaymentStatus.REQUIRES_ACTION
    assert action_secret(payment=asked).startswith(f"{asked.gateway_id}_secret_")
    assert case_of(invoice).status == CollectionStatus.IN_FLIGHT

    gateway.control.authenticate(asked.gateway_id or "")
    done = collect_invoice(invoice_id=invoice.pk, at=STARTED_AT, off_session=False)

    assert (done.pk, done.status) == (asked.pk, PaymentStatus.SUCCEEDED)
    invoice.refresh_from_db()
    assert invoice.status == InvoiceStatus.PAID
    assert status_of_subscription(invoice) == SubscriptionStatus.ACTIVE
    assert len(gateway.control.charges(status="succeeded")) == 1


def test_confirmation_that_fails_leaves_the_ladder_where_it_was(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway, behaviour="insufficient_funds")
    collect_due(case_id=case_of(invoice).pk, at=STARTED_AT)
    other = save_card(gateway, invoice.customer, "pm_card_authenticationRequired")

    asked = collect_invoice(invoice_id=invoice.pk, at=STARTED_AT, off_session=False, method=other)
    gateway.control.authenticate(asked.gateway_id or "", "fail")
    gateway.deliver()

    payment = Payment.objects.get(pk=asked.pk)
    assert (payment.status, payment.decline_kind) == (PaymentStatus.FAILED, DeclineKind.AUTHENTICATION)
    case = case_of(invoice)
    assert (case.status, case.next_attempt_at) == (CollectionStatus.DUE, STARTED_AT + timedelta(days=3))


def test_another_card_withdraws_the_unconfirmed_attempt(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway, "pm_card_authenticationRequired")
    asked = collect_invoice(invoice_id=invoice.pk, at=STARTED_AT, off_session=False)
    other = save_card(gateway, invoice.customer)

    paid = collect_invoice(invoice_id=invoice.pk, at=STARTED_AT, off_session=False, method=other)

    asked.refresh_from_db()
    assert (asked.status, paid.status) == (PaymentStatus.CANCELED, PaymentStatus.SUCCEEDED)
    assert gateway.api.payment_intents.retrieve(asked.gateway_id or "").status == "canceled"


def test_open_collection_of_a_customer_elsewhere_retries_at_the_same_local_time(
    gateway: GatewaySandbox,
) -> None:
    # Two days before New York's clocks go forward: 08:00 local is 13:00 UTC before, 12:00 UTC after.
    at = utc(2026, 3, 6, 13, 0)
    invoice = make_unpaid_invoice(
        gateway, behaviour="insufficient_funds", at=at, time_zone="America/New_York"
    )

    collect_due(case_id=case_of(invoice).pk, at=at)

    assert case_of(invoice).next_attempt_at == utc(2026, 3, 9, 12, 0)
    assert clock.now() > at


def test_setup_that_is_finished_twice_charges_the_new_card_once(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway, behaviour="lost_card")
    collect_due(case_id=case_of(invoice).pk, at=STARTED_AT)
    setup = start_setup(customer=invoice.customer, at=STARTED_AT)
    gateway.confirm_setup(setup.setup_id, "pm_card_chargeCustomerFail")

    for _ in range(2):
        adopt_method(customer=invoice.customer, setup_id=setup.setup_id, at=STARTED_AT)

    assert Payment.objects.filter(invoice=invoice).count() == 2
    case = case_of(invoice)
    assert (case.status, case.next_attempt_at) == (CollectionStatus.DUE, STARTED_AT + timedelta(days=3))
