"""A UPI mandate from the window to the paid invoice: the debit takes days, and only messages tell of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from apps.billing.due import drain_inbox
from apps.billing.services.collection.collect import collect_invoice
from apps.core import clock
from apps.customers.models import Customer
from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice
from apps.payments.enums import GatewayName, MethodKind, PaymentStatus
from apps.payments.models import GatewayEvent, Payment, PaymentMethod
from apps.payments.services.start_setup import start_setup
from tests.factories.customers import make_brand, make_customer
from tests.factories.invoices import issue_invoice
from tests.fixtures.razorpay import RazorpayControl, signed

pytestmark = pytest.mark.django_db


def deliver(razorpay: RazorpayControl, *, copies: int = 1) -> list[int]:
    """Post every message so far, signed; then act on all."""
    answers = []
    for event in razorpay.events() * copies:
        message = signed(event)
        headers: Any = {name.title(): value for name, value in message.headers.items()}
        answers.append(
            Client()
            .post("/webhooks/razorpay", message.body, content_type="application/json", headers=headers)
            .status_code
        )
    while drain_inbox():
        pass
    return answers


def mandate(razorpay: RazorpayControl, vpa: str) -> Customer:
    """A customer who has agreed in the window and then closed the page: only the messages tell of it."""
    customer = make_customer(brand=make_brand(default_currency="INR"), currency="INR", country="IN")
    setup = start_setup(customer=customer, at=clock.now(), gateway=GatewayName.RAZORPAY, kind=MethodKind.UPI)
    razorpay.agree(setup.setup_id, vpa=vpa)
    assert set(deliver(razorpay, copies=2)) == {200}
    return customer


def announced(razorpay: RazorpayControl) -> tuple[Invoice, Payment]:
    customer = mandate(razorpay, "pending@razorpay")
    invoice = issue_invoice(49900, customer=customer, currency="INR")
    return invoice, collect_invoice(invoice_id=invoice.pk, at=clock.now())


def test_messages_alone_keep_the_mandate_once(razorpay: RazorpayControl) -> None:
    customer = mandate(razorpay, "success@razorpay")

    method = PaymentMethod.objects.get(customer=customer)
    assert (method.gateway, method.kind, method.is_default) == ("razorpay", "upi", True)
    assert not GatewayEvent.objects.filter(processed_at=None).exists()
    # Of the token and of the rupee, though each came twice; what follows from keeping it waits at Razorpay.
    assert GatewayEvent.objects.count() == 2


def test_debit_is_processing_until_the_message_of_its_end(razorpay: RazorpayControl) -> None:
    invoice, payment = announced(razorpay)
    assert payment.status == PaymentStatus.PROCESSING

    razorpay.post(f"payments/{payment.capture_id}/end", {"outcome": "captured"})
    deliver(razorpay, copies=2)

    payment.refresh_from_db()
    invoice.refresh_from_db()
    assert (payment.status, invoice.status) == (PaymentStatus.SUCCEEDED, InvoiceStatus.PAID)
    assert [p["amount"] for p in razorpay.charges()] == [49900]


def test_debit_that_fails_days_later_is_a_decline(razorpay: RazorpayControl) -> None:
    invoice, payment = announced(razorpay)

    razorpay.post(f"payments/{payment.capture_id}/end", {"outcome": "insufficient_funds"})
    deliver(razorpay)

    payment.refresh_from_db()
    invoice.refresh_from_db()
    assert (payment.status, payment.decline_kind) == (PaymentStatus.FAILED, "soft")
    assert invoice.status == InvoiceStatus.OPEN


def test_message_with_another_signature_is_refused(razorpay: RazorpayControl) -> None:
    mandate(razorpay, "success@razorpay")
    kept = GatewayEvent.objects.count()
    message = signed(razorpay.events()[0], secret="another")
    headers: Any = {**{n.title(): v for n, v in message.headers.items()}, "X-Razorpay-Event-Id": "new"}

    answer = Client().post(
        "/webhooks/razorpay", message.body, content_type="application/json", headers=headers
    )

    assert (answer.status_code, GatewayEvent.objects.count()) == (400, kept)
