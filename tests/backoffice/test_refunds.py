"""Refunds on the staff pages: amount, preview, the second person, and what becomes of it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.enums import StaffRole
from apps.audit.models import Event
from apps.payments.enums import RefundStatus
from apps.payments.models import Payment, Refund
from tests.factories.refunds import make_paid
from tests.factories.staff import staff_client
from tests.fixtures.gateway import GatewaySandbox

# The acts call a gateway, which no transaction may wait for: they are tried with real commits.
pytestmark = pytest.mark.real_commits


def ask(client: Client, payment: Payment, **answers: str) -> int:
    path = reverse("backoffice:refund_payment", args=[payment.public_id])
    filled = {"amount": "10.00", "refund_reason": "duplicate", "reason": "Asked by phone", "key": "key_1"}
    return int(client.post(path, {**filled, **answers}).status_code)


def decide(client: Client, name: str, refund: Refund) -> int:
    path = reverse(f"backoffice:{name}", args=[refund.public_id])
    return int(client.post(path, {"reason": "Looked at it"}).status_code)


def test_staff_refund_a_part_and_see_what_is_left(gateway: GatewaySandbox) -> None:
    payment = make_paid(gateway)
    client = staff_client(StaffRole.FINANCE)

    first, again = ask(client, payment), ask(client, payment)

    made = Refund.objects.get()
    assert (first, again, made.status, made.amount_minor) == (302, 302, RefundStatus.SUCCEEDED, 1000)
    assert (made.note, made.reason) == ("Asked by phone", "duplicate")
    event = Event.objects.filter(name="staff.refund").first()
    assert event is not None
    assert event.subject_id == payment.public_id
    page = client.get(reverse("backoffice:payment", args=[payment.public_id])).content.decode()
    assert "Partly refunded" in page
    assert "€19.00 are left to be refunded." in page
    form = client.get(reverse("backoffice:refund_payment", args=[payment.public_id])).content.decode()
    assert "€29.00 were taken, €10.00 of it went back or are on their way: €19.00 are left." in form


def test_more_than_is_left_is_refused_on_the_page(gateway: GatewaySandbox) -> None:
    payment = make_paid(gateway)
    client = staff_client(StaffRole.FINANCE)

    assert ask(client, payment, amount="29.01") == 409
    assert ask(client, payment, amount="0") == 409
    assert ask(client, payment, amount="1.001") == 422
    assert Refund.objects.count() == 0
    assert gateway.control.refunds() == []


def test_refund_above_the_limit_takes_two_people(gateway: GatewaySandbox) -> None:
    payment = make_paid(gateway)
    payment.brand.refund_approval_minor = 999
    payment.brand.save(update_fields=["refund_approval_minor"])
    ada, ben = staff_client(StaffRole.FINANCE), staff_client(StaffRole.FINANCE)

    assert ask(ada, payment) == 302
    waiting = Refund.objects.get()
    assert waiting.status == RefundStatus.AWAITING_APPROVAL
    assert decide(ada, "approve_refund", waiting) == 403
    assert gateway.control.refunds() == []
    assert decide(ben, "approve_refund", waiting) == 302

    waiting.refresh_from_db()
    assert waiting.status == RefundStatus.SUCCEEDED
    assert len(gateway.control.refunds()) == 1
    assert waiting.requested_by != waiting.decided_by

    assert ask(ada, payment, key="key_2") == 302
    second = Refund.objects.get(idempotency_key="key_2")
    assert decide(ben, "reject_refund", second) == 302
    second.refresh_from_db()
    assert second.status == RefundStatus.REJECTED
    assert decide(ben, "approve_refund", second) == 409
