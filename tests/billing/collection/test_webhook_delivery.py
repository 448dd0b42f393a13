"""The whole way of a message: a real gateway process signs and sends, a real web server receives."""

from __future__ import annotations

import time

import pytest
from django.core.management import call_command

from apps.billing.due import drain_inbox
from apps.billing.services.collection.collect_due import collect_due
from apps.invoices.enums import InvoiceStatus
from apps.payments.enums import PaymentStatus
from apps.payments.models import GatewayEvent, Payment
from tests.factories.billing import STARTED_AT
from tests.factories.payments import case_of, make_unpaid_invoice
from tests.fixtures.gateway import GatewaySandbox
from tests.fixtures.servers import WebServer

pytestmark = [pytest.mark.real_commits]


def test_lost_answer_is_told_by_a_signed_message(web_server: WebServer, gateway: GatewaySandbox) -> None:
    call_command("connect_stripe", "--url", f"{web_server.url}/webhooks/stripe")
    invoice = make_unpaid_invoice(gateway)
    gateway.control.fault("reset_after", match={"path": "/v1/payment_intents"})
    collect_due(case_id=case_of(invoice).pk, at=STARTED_AT)
    assert Payment.objects.get().status == PaymentStatus.UNKNOWN

    deadline = time.monotonic() + 20
    while not GatewayEvent.objects.filter(type="payment_intent.succeeded").exists():
        assert time.monotonic() < deadline, gateway.control.deliveries()
        time.sleep(0.05)
    drain_inbox()

    invoice.refresh_from_db()
    assert (invoice.status, Payment.objects.get().status) == (InvoiceStatus.PAID, PaymentStatus.SUCCEEDED)
    assert {delivery["status"] for delivery in gateway.control.deliveries()} == {200}
    assert len(gateway.control.charges()) == 1
