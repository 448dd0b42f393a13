from __future__ import annotations

from typing import Any

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse

from apps.billing.selectors import SALT, pay_token
from apps.billing.services.collection.collect import collect_invoice
from apps.invoices.enums import InvoiceStatus
from apps.payments.enums import PaymentStatus
from apps.payments.models import Payment
from apps.payments.services.start_setup import start_setup
from tests.factories.billing import STARTED_AT
from tests.factories.payments import make_unpaid_invoice, save_card
from tests.fixtures.gateway import GatewaySandbox

pytestmark = pytest.mark.django_db


def path(name: str, invoice: Any) -> str:
    return reverse(f"portal:{name}", args=[pay_token(invoice)])


def policy_of(response: Any) -> dict[str, set[str]]:
    rules = response["Content-Security-Policy"].split(";")
    return {name: set(sources) for name, *sources in (rule.split() for rule in rules)}


def test_pay_page_allows_the_gateways_script_and_nothing_else(gateway: GatewaySandbox, settings: Any) -> None:
    invoice = make_unpaid_invoice(gateway)

    page = Client().get(path("pay", invoice) + "?card=new")

    policy, origin = policy_of(page), settings.STRIPE_JS_ORIGIN
    assert policy["script-src"] == {"'self'", origin}
    assert policy["frame-src"] == {origin}
    assert (policy["default-src"], policy["form-action"]) == ({"'self'"}, {"'self'"})
    scripts = [line.strip() for line in page.content.decode().splitlines() if "<script" in line]
    assert len(scripts) == 3
    assert sum(settings.STRIPE_JS_URL in script for script in scripts) == 1
    assert policy_of(Client().get(path("pay_document", invoice)))["script-src"] == {"'self'"}


def test_stored_card_pays_by_the_link_without_a_login(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)

    address = path("pay", invoice)

    response = Client().post(address)

    invoice.refresh_from_db()
    assert response["Location"] == address
    assert (invoice.status, Payment.objects.get().is_off_session) == (InvoiceStatus.PAID, False)


def test_second_click_charges_nothing_more(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)
    client = Client()

    answers = [client.post(path("pay", invoice)).status_code for _ in range(3)]

    assert answers == [302, 302, 302]
    assert len(gateway.control.charges(status="succeeded")) == 1


def test_new_card_on_the_pay_page_pays_and_is_kept(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway, behaviour="insufficient_funds")
    collect_invoice(invoice_id=invoice.pk, at=STARTED_AT)
    setup = start_setup(customer=invoice.customer, at=STARTED_AT)
    gateway.confirm_setup(setup.setup_id, "pm_card_mastercard")

    Client().post(path("pay", invoice), {"setup_intent": setup.setup_id})

    paid = Payment.objects.get(status=PaymentStatus.SUCCEEDED)
    assert paid.payment_method is not None
    assert (paid.payment_method.card_brand, paid.payment_method.is_default) == ("mastercard", True)


def test_card_of_another_customer_is_refused(gateway: GatewaySandbox) -> None:
    invoice, other = make_unpaid_invoice(gateway), make_unpaid_invoice(gateway)
    setup = start_setup(customer=other.customer, at=STARTED_AT)
    gateway.confirm_setup(setup.setup_id)

    page = Client().post(path("pay", invoice), {"setup_intent": setup.setup_id}, follow=True)

    assert b"The payment method was saved for another customer." in page.content
    assert not Payment.objects.exists()


def test_decline_is_told_with_its_reason(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway, behaviour="insufficient_funds")

    page = Client().post(path("pay", invoice), follow=True)

    assert b"Your card has insufficient funds. Nothing was charged." in page.content
    invoice.refresh_from_db()
    assert invoice.status == InvoiceStatus.OPEN


def test_result_of_the_banks_question_is_asked_and_starts_nothing(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)
    save_card(gateway, invoice.customer, "pm_card_authenticationRequired")
    client = Client()
    client.post(path("pay", invoice))
    asked = Payment.objects.get()
    assert asked.status == PaymentStatus.REQUIRES_ACTION

    gateway.control.authenticate(asked.gateway_id or "", "fail")
    page = client.get(path("pay_result", invoice) + "?payment_intent=pi_forged", follow=True)

    assert Payment.objects.get().status == PaymentStatus.FAILED
    assert b"Nothing was charged." in page.content


def test_link_that_is_forged_or_old_opens_nothing(
    gateway: GatewaySandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoice = make_unpaid_invoice(gateway)
    with monkeypatch.context() as past:
        past.setattr(signing.time, "time", lambda: 1_700_000_000)
        old = signing.dumps(invoice.public_id, salt=SALT)

    for token in (old, pay_token(invoice)[:-1] + "_", "nonsense"):
        answer = Client().get(reverse("portal:pay", args=[token]))
        assert answer.status_code == 410
    assert Client().get(path("pay", invoice)).status_code == 200


def test_page_that_is_sent_too_often_says_so(gateway: GatewaySandbox, settings: Any) -> None:
    settings.PAGE_RATES = settings.PAGE_RATES | {"pay": "2/10m", "sign_in": "1/10m"}
    invoice = make_unpaid_invoice(gateway)
    client = Client()

    answers = [client.post(path("pay", invoice)).status_code for _ in range(3)]
    sign_ins = [client.post("/accounts/login/", {"login": "a@b.example"}).status_code for _ in range(2)]

    assert answers == [302, 302, 429]
    assert sign_ins == [200, 429]
    assert client.get(path("pay", invoice)).status_code == 200
