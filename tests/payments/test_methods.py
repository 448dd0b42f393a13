from __future__ import annotations

from datetime import timedelta

import pytest

from apps.audit.models import Event
from apps.core import clock
from apps.payments.enums import PaymentMethodStatus
from apps.payments.errors import (
    GatewayUnreachable,
    PaymentInProgress,
    PaymentMethodInUse,
    PaymentMethodRefused,
)
from apps.payments.models import GatewayCustomer, PaymentMethod
from apps.payments.selectors import default_method
from apps.payments.services.choose_default_method import choose_default_method
from apps.payments.services.finish_setup import finish_setup
from apps.payments.services.open_attempt import open_attempt
from apps.payments.services.remove_method import remove_method
from apps.payments.services.start_setup import start_setup
from apps.taxes.location import location_of
from apps.taxes.models import LocationEvidence
from tests.factories.billing import STARTED_AT
from tests.factories.customers import make_customer
from tests.factories.payments import make_unpaid_invoice, save_card
from tests.fixtures.gateway import GatewaySandbox

pytestmark = pytest.mark.django_db


def test_start_card_setup_tells_the_page_what_it_needs(gateway: GatewaySandbox) -> None:
    setup = start_setup(customer=make_customer(), at=STARTED_AT)

    assert setup.client_secret.startswith(f"{setup.setup_id}_secret_")
    assert setup.publishable_key.startswith("pk_test_")


def test_second_setup_uses_the_same_customer_at_the_gateway(gateway: GatewaySandbox) -> None:
    customer = make_customer()

    start_setup(customer=customer, at=STARTED_AT)
    start_setup(customer=customer, at=STARTED_AT)

    known = GatewayCustomer.objects.get(customer=customer)
    assert gateway.api.customers.retrieve(known.gateway_id).metadata["customer"] == customer.public_id
    assert len(gateway.api.customers.list().data) == 1


def test_finished_setup_keeps_what_may_be_shown_and_becomes_the_default(gateway: GatewaySandbox) -> None:
    customer = make_customer()

    first = save_card(gateway, customer)
    second = save_card(gateway, customer, "pm_card_mastercard")

    first.refresh_from_db()
    assert (first.card_brand, first.last4, first.is_default) == ("visa", "4242", False)
    assert (second.card_brand, second.last4, second.is_default) == ("mastercard", "4444", True)
    assert (second.exp_year or 0) > 2026
    assert (str(first), str(second)) == ("Visa •••• 4242", "Mastercard •••• 4444")


def test_country_of_a_saved_card_is_evidence_of_where_the_customer_is(gateway: GatewaySandbox) -> None:
    customer = make_customer(country="DE")

    save_card(gateway, customer, "pm_card_de")
    agreeing = location_of(customer)
    save_card(gateway, customer, "pm_card_in", at=STARTED_AT + timedelta(days=1))
    contradicting = location_of(customer)

    assert agreeing.is_enough
    assert (contradicting.is_enough, contradicting.contradicting) == (False, (("payment_method", "IN"),))
    told = Event.objects.get(name="location.contradicted")
    assert told.data == {"kind": "payment_method", "country": "IN", "billing_country": "DE"}


def test_a_card_that_is_refused_is_no_evidence(gateway: GatewaySandbox) -> None:
    setup = start_setup(customer=make_customer(), at=STARTED_AT)
    gateway.confirm_setup(setup.setup_id, "pm_card_de")
    thief = make_customer()

    with pytest.raises(PaymentMethodRefused):
        finish_setup(customer=thief, setup_id=setup.setup_id, at=STARTED_AT)

    assert not LocationEvidence.objects.exists()


def test_finish_twice_keeps_one_card_and_one_event(gateway: GatewaySandbox) -> None:
    customer = make_customer()
    setup = start_setup(customer=customer, at=STARTED_AT)
    gateway.confirm_setup(setup.setup_id)

    finish_setup(customer=customer, setup_id=setup.setup_id, at=STARTED_AT)
    finish_setup(customer=customer, setup_id=setup.setup_id, at=STARTED_AT)

    assert PaymentMethod.objects.count() == 1
    assert Event.objects.filter(name="payment_method.added").count() == 1


def test_finish_before_the_card_is_typed_is_refused(gateway: GatewaySandbox) -> None:
    customer = make_customer()
    setup = start_setup(customer=customer, at=STARTED_AT)

    with pytest.raises(PaymentMethodRefused):
        finish_setup(customer=customer, setup_id=setup.setup_id, at=STARTED_AT)

    assert not PaymentMethod.objects.exists()


def test_card_of_another_customer_is_refused(gateway: GatewaySandbox) -> None:
    owner, thief = make_customer(), make_customer()
    setup = start_setup(customer=owner, at=STARTED_AT)
    start_setup(customer=thief, at=STARTED_AT)
    gateway.confirm_setup(setup.setup_id)

    with pytest.raises(PaymentMethodRefused):
        finish_setup(customer=thief, setup_id=setup.setup_id, at=STARTED_AT)

    assert not PaymentMethod.objects.exists()


def test_gateway_that_is_away_refuses_in_words(gateway: GatewaySandbox) -> None:
    gateway.control.fault("reset_before", match={"path": "/v1/customers"})

    with pytest.raises(GatewayUnreachable):
        start_setup(customer=make_customer(), at=STARTED_AT)

    assert not GatewayCustomer.objects.exists()


def test_choose_default_method_moves_the_default(gateway: GatewaySandbox) -> None:
    customer = make_customer()
    first = save_card(gateway, customer)
    save_card(gateway, customer, "pm_card_mastercard")

    choose_default_method(method=first, at=STARTED_AT)

    assert default_method(customer.pk) == first
    assert PaymentMethod.objects.filter(is_default=True).count() == 1


def test_removed_default_is_followed_by_the_newest_other(gateway: GatewaySandbox) -> None:
    customer = make_customer()
    first = save_card(gateway, customer)
    second = save_card(gateway, customer, "pm_card_mastercard")

    remove_method(method=second, at=STARTED_AT)

    second.refresh_from_db()
    assert (second.status, second.removed_at) == (PaymentMethodStatus.REMOVED, STARTED_AT)
    assert default_method(customer.pk) == first
    assert gateway.api.payment_methods.retrieve(second.gateway_id).customer is None


def test_last_card_of_a_charged_subscription_stays(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)
    card = PaymentMethod.objects.get(customer=invoice.customer)

    with pytest.raises(PaymentMethodInUse):
        remove_method(method=card, at=STARTED_AT)

    card.refresh_from_db()
    assert card.status == PaymentMethodStatus.ACTIVE


def test_card_of_an_open_payment_stays(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)
    card = PaymentMethod.objects.get(customer=invoice.customer)
    save_card(gateway, invoice.customer)
    open_attempt(invoice_id=invoice.pk, at=STARTED_AT, sent_at=clock.now(), method=card)

    with pytest.raises(PaymentInProgress):
        remove_method(method=card, at=STARTED_AT)
