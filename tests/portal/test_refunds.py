from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from apps.billing.services.refunds.resolve_refunds import resolve_refunds
from apps.core import clock
from apps.payments.enums import RefundStatus
from tests.billing.refunds.test_refund_credit_note import credit
from tests.factories.customers import make_member
from tests.factories.refunds import make_paid, make_refund
from tests.fixtures.gateway import GatewaySandbox


@pytest.mark.django_db
def test_customer_sees_what_went_back_and_nothing_that_is_undecided(gateway: GatewaySandbox) -> None:
    payment = make_paid(gateway)
    make_refund(payment, amount_minor=700)
    waits = RefundStatus.AWAITING_APPROVAL
    make_refund(payment, amount_minor=800, idempotency_key="other", status=waits)
    client = Client()
    client.force_login(make_member(customer=payment.customer).user)

    page = client.get(reverse("portal:invoice", args=[payment.invoice.public_id])).content.decode()

    assert "€7.00" in page
    assert "€8.00" not in page


@pytest.mark.django_db
def test_credit_note_says_whether_its_refund_has_arrived(gateway: GatewaySandbox) -> None:
    payment = make_paid(gateway)
    client = Client()
    client.force_login(make_member(customer=payment.customer).user)
    path = reverse("portal:invoice", args=[payment.invoice.public_id])
    credit(payment, 1200)

    before = client.get(path).content.decode()
    resolve_refunds(now=clock.now())
    after = client.get(path).content.decode()

    assert "€12.00 to be refunded" in before
    assert "€12.00 refunded" in after
    assert "to be refunded" not in after
