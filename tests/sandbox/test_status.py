from __future__ import annotations

import requests

from apps.payments.gateways.razorpay.gateway import RazorpayGateway
from apps.payments.gateways.terms import CustomerDetails, SetupRequest
from tests.fixtures.razorpay import KEY_SECRET, RazorpayControl
from tests.fixtures.sandbox import SandboxControl
from tests.fixtures.stripe_calls import charge_off_session, make_card_customer, make_client


def test_status_page_shows_charges_and_finds_by_id(sandbox: SandboxControl) -> None:
    client = make_client(sandbox.url)
    intent = charge_off_session(client, *make_card_customer(client), key="pay-<1>")

    overview = requests.get(f"{sandbox.url}/", timeout=10)
    found = requests.get(f"{sandbox.url}/", params={"q": intent.id}, timeout=10)
    absent = requests.get(f"{sandbox.url}/", params={"q": "<b>"}, timeout=10)

    assert "pay-&lt;1&gt;" in overview.text
    assert f'<a href="/?q={intent.latest_charge}">' in overview.text
    assert "payment_intent.succeeded" in found.text
    assert (absent.status_code, "<b>" in absent.text) == (404, False)
    assert requests.get(f"{sandbox.url}/healthz", timeout=10).json() == {"status": "ok"}


def test_other_providers_are_counted_and_shown(razorpay: RazorpayControl) -> None:
    gateway = RazorpayGateway()
    customer = gateway.create_customer(CustomerDetails("cus_1", "Ada", "ada@example.com"))
    setup = gateway.start_setup(SetupRequest(customer_ref=customer, reference="cus_1"))

    page = requests.get(f"{razorpay.control.url}/", timeout=10).text
    shown = requests.get(f"{razorpay.control.url}/?q={setup.setup_id}", timeout=10).text

    assert "<strong>1</strong> razorpay orders" in page
    assert f'<a href="/?q={customer}">' in shown
    assert KEY_SECRET not in page + shown
