"""Who may sign a PayPal webhook: a certificate of PayPal's own, from PayPal's own address."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from django.test import Client

from apps.core import clock
from apps.payments.enums import MessageSubject
from apps.payments.errors import WebhookRefused
from apps.payments.gateways.paypal import certificates
from apps.payments.gateways.paypal.certificates import is_allowed, signing_key
from apps.payments.gateways.paypal.messages import read_paypal_message
from apps.payments.gateways.registry import gateway_named
from apps.payments.models import GatewayEvent
from apps.payments.services.connect_gateway import connect_gateway
from sandbox.paypal_api.certificates import signer
from tests.fixtures.paypal import PayPalSandbox

URL = "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1"
HOOK = "http://127.0.0.1:8000/webhooks/paypal"


@pytest.fixture
def at_paypal(settings: Any, monkeypatch: pytest.MonkeyPatch) -> list[x509.Certificate]:
    """As without a stand-in, with a chain of the sandbox's behind PayPal's address."""
    settings.PAYPAL_API_HOST, settings.PAYPAL_LIVE_MODE = "", False
    chain = x509.load_pem_x509_certificates(signer().chain)
    monkeypatch.setattr(certificates, "_fetched", lambda url: chain)
    return chain


def signed(paypal: PayPalSandbox) -> tuple[bytes, dict[str, str], str]:
    """The first event of a saved account, its headers, and the webhook that it is signed for."""
    registered = gateway_named("paypal").register_webhook(url=HOOK, known_id=None)
    assert registered is not None
    paypal.save_account("ada@example.com")
    (event,) = paypal.call("events")["events"]
    sent = paypal.call(
        "message", event=event["id"], webhook=registered.endpoint_id, at=clock.now().timestamp()
    )
    headers = {name.lower(): value for name, value in sent["headers"].items()}
    return sent["body"].encode(), headers, registered.endpoint_id


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/v1/notifications/certs/CERT-1",
        "http://api.sandbox.paypal.com/v1/notifications/certs/CERT-1",
        "https://api.sandbox.paypal.com@evil.example/v1/notifications/certs/CERT-1",
        "https://evil@api.sandbox.paypal.com/v1/notifications/certs/CERT-1",
        "https://api.sandbox.paypal.com:8443/v1/notifications/certs/CERT-1",
        "https://api.sandbox.paypal.com.evil.example/v1/notifications/certs/CERT-1",
        "https://api.sandbox.paypal.com/v1/other/CERT-1",
        "https://api.sandbox.paypal.com/v1/notifications/certs/../../other",
        "https://api.paypal.com/v1/notifications/certs/CERT-1",
        "http://127.0.0.1:8421/paypal/v1/notifications/certs/CERT-1",
        "",
    ],
)
def test_certificates_are_fetched_from_paypal_only(settings: Any, url: str) -> None:
    settings.PAYPAL_API_HOST, settings.PAYPAL_LIVE_MODE = "", False

    assert is_allowed(URL)
    assert not is_allowed(url)


def test_live_mode_takes_no_certificate_of_the_test_system(settings: Any) -> None:
    settings.PAYPAL_API_HOST, settings.PAYPAL_LIVE_MODE = "", True

    assert is_allowed("https://api.paypal.com/v1/notifications/certs/CERT-1")
    assert not is_allowed(URL)


def test_stand_in_vouches_for_its_own_folder_only(settings: Any) -> None:
    settings.PAYPAL_API_HOST = "http://127.0.0.1:8421/paypal"

    assert is_allowed("http://127.0.0.1:8421/paypal/v1/notifications/certs/CERT-1")
    assert not is_allowed("http://127.0.0.1:8422/paypal/v1/notifications/certs/CERT-1")
    assert not is_allowed("http://127.0.0.1:8421/paypal/v1/notifications/certs/../x")
    assert not is_allowed(URL)


def test_chain_to_an_unknown_root_is_refused(at_paypal: list[x509.Certificate]) -> None:
    with pytest.raises(WebhookRefused, match="does not hold"):
        signing_key(URL, at=clock.now())


def test_public_roots_are_at_hand() -> None:
    assert len(certificates._roots()) > 100


def test_chain_to_a_known_root_holds_while_it_is_valid(
    at_paypal: list[x509.Certificate], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificates, "_roots", lambda: at_paypal[-1:])

    assert signing_key(URL, at=clock.now()) == at_paypal[0].public_key()
    for shift in (timedelta(days=-2), timedelta(days=366)):
        with pytest.raises(WebhookRefused, match="does not hold"):
            signing_key(URL, at=clock.now() + shift)


def test_certificate_of_another_name_is_refused(
    at_paypal: list[x509.Certificate], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificates, "_roots", lambda: at_paypal[-1:])
    monkeypatch.setattr(certificates, "SANDBOX_NAME", "messages.example.com")

    with pytest.raises(WebhookRefused, match="does not hold"):
        signing_key(URL, at=clock.now())


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("paypal-transmission-id", "another"),
        ("paypal-transmission-time", "2026-01-01"),
        ("paypal-transmission-time", "soon"),
        ("paypal-transmission-sig", "AAAA"),
        ("paypal-transmission-sig", "no base64"),
        ("paypal-auth-algo", "SHA1withRSA"),
        ("paypal-auth-algo", ""),
        ("paypal-cert-url", "https://evil.example/v1/notifications/certs/CERT-1"),
    ],
)
def test_each_header_counts(paypal: PayPalSandbox, header: str, value: str) -> None:
    body, headers, webhook_id = signed(paypal)
    at = clock.now()
    assert read_paypal_message(body=body, headers=headers, webhook_ids=[webhook_id], at=at).event_id

    with pytest.raises(WebhookRefused):
        read_paypal_message(body=body, headers={**headers, header: value}, webhook_ids=[webhook_id], at=at)


def test_message_about_an_account_names_it_and_its_customer(paypal: PayPalSandbox) -> None:
    body, headers, webhook_id = signed(paypal)

    read = read_paypal_message(body=body, headers=headers, webhook_ids=[webhook_id], at=clock.now())

    assert (read.subject, read.customer_ref) == (MessageSubject.METHOD, "cus_ada")
    assert (read.type, read.livemode) == ("VAULT.PAYMENT-TOKEN.CREATED", False)
    assert read.gateway_ids == (read.object_id,)


@pytest.mark.django_db
def test_door_stores_a_signed_message_once_and_no_other(paypal: PayPalSandbox) -> None:
    connect_gateway(gateway="paypal", url=HOOK, at=clock.now())
    (webhook,) = paypal.state()["webhooks"]
    paypal.save_account("ada@example.com")
    (event,) = paypal.call("events")["events"]
    sent = paypal.call("message", event=event["id"], webhook=webhook["id"], at=clock.now().timestamp())

    def post(body: str) -> int:
        return (
            Client()
            .post("/webhooks/paypal", body, content_type="application/json", headers=sent["headers"])
            .status_code
        )

    assert [post(sent["body"]), post(sent["body"]), post(sent["body"] + " ")] == [200, 200, 400]
    assert [row.event_id for row in GatewayEvent.objects.all()] == [event["id"]]
