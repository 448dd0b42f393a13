from __future__ import annotations

from typing import Any

import httpx
import pytest
from django.test import Client
from django.urls import reverse

from apps.customers.enums import MemberRole
from apps.customers.models import Customer
from apps.payments.enums import GatewayName, MethodKind
from apps.payments.models import PaymentMethod
from tests.factories.customers import make_customer, make_member
from tests.fixtures.paypal import PayPalSandbox

pytestmark = pytest.mark.django_db

METHODS, ADD, BACK = (f"portal:{name}" for name in ("payment", "add_paypal", "paypal_return"))


def signed_in(customer: Customer) -> Client:
    client = Client()
    client.force_login(make_member(customer=customer, role=MemberRole.OWNER).user)
    return client


def answer_at_paypal(url: str, **form: str) -> str:
    """Send the form of PayPal's page as a browser does; where it sends the customer."""
    answered = httpx.post(url, data=form, follow_redirects=False)
    assert answered.status_code == 303
    return answered.headers["Location"]


def test_account_is_approved_there_and_charged_here_from_now_on(paypal: PayPalSandbox, settings: Any) -> None:
    customer = make_customer()
    client = signed_in(customer)
    assert reverse(ADD) in client.get(reverse(METHODS)).content.decode()

    there = client.get(reverse(ADD))["Location"]
    back = answer_at_paypal(there, answer="approve", email="ada@example.com")
    response = client.get(back.removeprefix(settings.SITE_URL), follow=True)

    assert there.startswith(f"{paypal.control.url}/paypal/agreements/approve?")
    assert back.startswith(f"{settings.SITE_URL}{reverse(BACK)}?approval_token_id=")
    method = PaymentMethod.objects.get(customer=customer)
    assert (method.gateway, method.kind, method.is_default) == (
        GatewayName.PAYPAL,
        MethodKind.PAYPAL,
        True,
    )
    assert str(method) == "PayPal a•••@example.com"
    assert "PayPal a•••@example.com is saved" in response.content.decode()


def test_declined_account_is_not_kept(paypal: PayPalSandbox, settings: Any) -> None:
    customer = make_customer()
    client = signed_in(customer)

    back = answer_at_paypal(client.get(reverse(ADD))["Location"], answer="decline")
    response = client.get(back.removeprefix(settings.SITE_URL), follow=True)

    assert "PayPal did not save the account." in response.content.decode()
    assert not PaymentMethod.objects.exists()


def test_return_keeps_only_the_setup_that_this_browser_left_with(paypal: PayPalSandbox) -> None:
    """A link with another setup in it, sent by somebody else, must not connect their account."""
    customer = make_customer()
    client = signed_in(customer)
    strangers = signed_in(make_customer()).get(reverse(ADD))["Location"]
    answer_at_paypal(strangers, answer="approve", email="mallory@example.com")
    token = strangers.rpartition("=")[2]

    response = client.get(f"{reverse(BACK)}?approval_token_id={token}")

    assert response["Location"] == reverse(METHODS)
    assert not PaymentMethod.objects.exists()


def test_paypal_is_offered_only_when_it_is_configured(settings: Any) -> None:
    settings.PAYPAL_CLIENT_ID = ""
    client = signed_in(make_customer())

    assert reverse(ADD) not in client.get(reverse(METHODS)).content.decode()
    assert client.get(reverse(ADD)).status_code == 404
