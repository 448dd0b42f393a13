from __future__ import annotations

import pytest

from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice
from apps.payments.models import Payment, PaymentMethod
from tests.factories.api_clients import make_api_client
from tests.factories.customers import make_customer
from tests.factories.payments import make_unpaid_invoice, save_card
from tests.fixtures.gateway import GatewaySandbox

# The endpoints call a gateway, which no transaction may wait for: they are tried with real commits.
pytestmark = [pytest.mark.real_commits]


def test_integrator_saves_a_card_and_pays_an_invoice(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway, behaviour="insufficient_funds")
    client = make_api_client(brand=invoice.brand)
    customer = f"/api/v1/customers/{invoice.customer.public_id}"

    declined = client.post(f"/api/v1/invoices/{invoice.public_id}/pay").json()
    assert (declined["status"], declined["decline_kind"], declined["client_secret"]) == ("failed", "soft", "")

    setup = client.post(f"{customer}/method_setups").json()
    gateway.confirm_setup(setup["setup_id"], "pm_card_mastercard")
    method = client.post(f"{customer}/method_setups/{setup['setup_id']}/finish").json()

    assert (method["last4"], method["is_default"]) == ("4444", True)
    invoice.refresh_from_db()
    assert invoice.status == InvoiceStatus.PAID
    payments = client.get(f"/api/v1/payments?invoice={invoice.public_id}").json()["data"]
    assert [payment["status"] for payment in payments] == ["succeeded", "failed"]
    assert client.get(f"/api/v1/payments/{payments[0]['id']}").json() == payments[0]
    assert [card["last4"] for card in client.get(f"{customer}/payment_methods").json()["data"]] == [
        "4444",
        "4242",
    ]


def test_pay_with_the_same_key_charges_once(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)
    client = make_api_client(brand=invoice.brand)
    path = f"/api/v1/invoices/{invoice.public_id}/pay"

    first = client.post(path, headers={"Idempotency-Key": "k1"})
    again = client.post(path, headers={"Idempotency-Key": "k1"})

    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(gateway.control.charges()) == 1


def test_pay_on_session_gives_the_page_its_secret(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway, "pm_card_authenticationRequired")
    client = make_api_client(brand=invoice.brand)

    asked = client.post(f"/api/v1/invoices/{invoice.public_id}/pay", {"off_session": False}).json()

    assert asked["status"] == "requires_action"
    assert asked["client_secret"].startswith(f"{asked['gateway_id']}_secret_")


def test_pay_what_is_paid_is_refused(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)
    client = make_api_client(brand=invoice.brand)
    path = f"/api/v1/invoices/{invoice.public_id}/pay"
    client.post(path)

    answer = client.post(path)

    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_due")


def test_another_brand_sees_and_pays_nothing(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)
    stranger = make_api_client()
    card = PaymentMethod.objects.get()
    customer = f"/api/v1/customers/{invoice.customer.public_id}"

    answers = [
        stranger.post(f"/api/v1/invoices/{invoice.public_id}/pay"),
        stranger.get(f"{customer}/payment_methods"),
        stranger.get(f"{customer}/payment_methods/{card.public_id}"),
        stranger.delete(f"{customer}/payment_methods/{card.public_id}"),
        stranger.post(f"{customer}/payment_methods/{card.public_id}/default"),
        stranger.post(f"{customer}/method_setups"),
        stranger.post(f"{customer}/method_setups/seti_x/finish"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 7
    assert stranger.get("/api/v1/payments").json()["data"] == []
    assert not Payment.objects.exists()


def test_key_without_the_scope_pays_nothing(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)
    client = make_api_client(brand=invoice.brand, scopes=["payments:read"])

    answer = client.post(f"/api/v1/invoices/{invoice.public_id}/pay")

    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert Invoice.objects.get().status == InvoiceStatus.OPEN


def test_default_changes_and_a_card_is_removed(gateway: GatewaySandbox) -> None:
    customer = make_customer()
    first = save_card(gateway, customer)
    second = save_card(gateway, customer, "pm_card_mastercard")
    client = make_api_client(brand=customer.brand)
    path = f"/api/v1/customers/{customer.public_id}/payment_methods"

    assert client.post(f"{path}/{first.public_id}/default").json()["is_default"] is True
    assert client.delete(f"{path}/{second.public_id}").status_code == 204

    assert [card["id"] for card in client.get(path).json()["data"]] == [first.public_id]
