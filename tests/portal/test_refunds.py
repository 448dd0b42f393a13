from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from apps.payments.enums import RefundStatus
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
