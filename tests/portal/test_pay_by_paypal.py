from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.billing.due import drain_inbox
from apps.billing.selectors import pay_token
from apps.billing.services.collection.adopt_method import adopt_method
from apps.core import clock
from apps.invoices.enums import InvoiceStatus
from apps.payments.enums import GatewayName, MethodKind, PaymentStatus
from apps.payments.models import Payment
from apps.payments.services.connect_gateway import connect_gateway
from apps.payments.services.start_setup import start_setup
from tests.factories.billing import STARTED_AT
from tests.factories.payments import make_unpaid_invoice
from tests.fixtures.gateway import GatewaySandbox
from tests.fixtures.paypal import BACK, PayPalSandbox

pytestmark = pytest.mark.django_db

HOOK = "http://127.0.0.1:8000/webhooks/paypal"


def unpaid_with_account(gateway: GatewaySandbox, paypal: PayPalSandbox, email: str) -> Any:
    """An open invoice of a customer who is charged by PayPal."""
    invoice = make_unpaid_invoice(gateway)
    setup = start_setup(
        customer=invoice.customer,
        at=STARTED_AT,
        gateway=GatewayName.PAYPAL,
        kind=MethodKind.PAYPAL,
        return_url=BACK,
    )
    paypal.call("approve", id=setup.setup_id, outcome="approve", email=email)
    adopt_method(
        customer=invoice.customer, setup_id=setup.setup_id, at=STARTED_AT, gateway=GatewayName.PAYPAL
    )
    return invoice


def test_approval_that_only_paypal_tells_of_pays_the_invoice(
    gateway: GatewaySandbox, paypal: PayPalSandbox
) -> None:
    """The customer confirms at PayPal and never comes back: the order waits to be captured here."""
    invoice = unpaid_with_account(gateway, paypal, "action@example.com")
    connect_gateway(gateway=GatewayName.PAYPAL, url=HOOK, at=STARTED_AT)
    (webhook,) = paypal.state()["webhooks"]
    Client().post(reverse("portal:pay", args=[pay_token(invoice)]))
    payment = Payment.objects.get(status=PaymentStatus.REQUIRES_ACTION)

    paypal.call("approve", id=payment.gateway_id, outcome="approve")
    for _ in range(2):
        for event in paypal.call("events")["events"]:
            now = clock.now().timestamp()
            sent = paypal.call("message", event=event["id"], webhook=webhook["id"], at=now)
            answer = Client().post(
                "/webhooks/paypal", sent["body"], content_type="application/json", headers=sent["headers"]
            )
            assert answer.status_code == 200
        while drain_inbox():
            pass

    invoice.refresh_from_db()
    payment.refresh_from_db()
    assert (invoice.status, payment.status) == (InvoiceStatus.PAID, PaymentStatus.SUCCEEDED)
    assert [capture["id"] for capture in paypal.state()["captures"]] == [payment.capture_id]


def test_account_that_asks_is_confirmed_at_paypal_and_charged_once(
    gateway: GatewaySandbox, paypal: PayPalSandbox
) -> None:
    invoice = unpaid_with_account(gateway, paypal, "action@example.com")
    address = reverse("portal:pay", args=[pay_token(invoice)])
    assert "PayPal a•••@example.com" in Client().get(address).content.decode()

    asked = Client().post(address, follow=True).content.decode()
    payment = Payment.objects.get(status=PaymentStatus.REQUIRES_ACTION)
    link = f"{paypal.control.url}/paypal/checkoutnow?token={payment.gateway_id}"
    assert f'href="{link}"' in asked
    assert "PayPal asks you to confirm" in asked
    paypal.call("approve", id=payment.gateway_id, outcome="approve")
    for _ in range(2):
        Client().get(reverse("portal:pay_result", args=[pay_token(invoice)]))

    invoice.refresh_from_db()
    assert invoice.status == InvoiceStatus.PAID
    assert len(paypal.state()["captures"]) == 1
