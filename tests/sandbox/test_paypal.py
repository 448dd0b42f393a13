"""What the sandbox's PayPal does beyond the contract that every gateway is tested with."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from apps.core import clock
from apps.payments.gateways.registry import gateway_named
from sandbox.messages import Request
from tests.fixtures.paypal import PayPalSandbox


@pytest.fixture
def inbox() -> Iterator[tuple[str, list[Request]]]:
    """The address of a server that takes every message, and what it got."""
    got: list[Request] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            got.append(Request("POST", self.path, "", headers, body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/webhooks/paypal", got
    server.shutdown()
    server.server_close()


def call(paypal: PayPalSandbox, method: str, path: str, **more: Any) -> httpx.Response:
    token = httpx.post(f"{paypal.control.url}/paypal/v1/oauth2/token", auth=("id", "secret"), data={}).json()[
        "access_token"
    ]
    headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
    return httpx.request(method, f"{paypal.control.url}/paypal{path}", headers=headers, **more)


def test_messages_are_delivered_as_the_gateway_reads_them(
    paypal: PayPalSandbox, inbox: tuple[str, list[Request]]
) -> None:
    url, got = inbox
    gateway = gateway_named("paypal")
    registered = gateway.register_webhook(url=url, known_id=None)
    assert registered is not None

    saved = paypal.save_account("ada@example.com")
    gateway.detach_method(customer_ref="cus_ada", gateway_id=saved.gateway_id)
    paypal.control.deliver_now()

    (sent,) = got
    read = gateway.read_message(
        body=sent.body, headers=sent.headers, secrets=[registered.secret], at=clock.now()
    )
    assert (read.type, read.object_id) == ("VAULT.PAYMENT-TOKEN.DELETED", saved.gateway_id)


def test_webhooks_and_returns_lead_to_this_machine_only(paypal: PayPalSandbox) -> None:
    hook = call(paypal, "POST", "/v1/notifications/webhooks", json={"url": "https://shop.example/hook"})
    source = {"paypal": {"experience_context": {"return_url": "https://shop.example/", "cancel_url": "x"}}}
    token = call(paypal, "POST", "/v3/vault/setup-tokens", json={"payment_source": source})

    assert (hook.status_code, token.status_code) == (400, 400)


def test_charge_without_a_key_or_a_token_is_refused(paypal: PayPalSandbox) -> None:
    orders = "/v2/checkout/orders"

    assert call(paypal, "POST", orders, json={}).json()["details"][0]["issue"] == "PAYPAL_REQUEST_ID_REQUIRED"
    assert httpx.post(f"{paypal.control.url}/paypal{orders}", json={}).status_code == 401


def test_unknown_setup_token_is_missing_and_a_saved_account_is_shown(paypal: PayPalSandbox) -> None:
    vault, key = "/v3/vault/payment-tokens", {"PayPal-Request-Id": "key"}
    saved = paypal.save_account("ada@example.com")
    source = {"payment_source": {"token": {"id": "another", "type": "SETUP_TOKEN"}}}

    missing = call(paypal, "POST", vault, json=source, headers=key)
    known = call(paypal, "GET", f"{vault}/{saved.gateway_id}")

    assert (missing.status_code, missing.json()["name"]) == (404, "RESOURCE_NOT_FOUND")
    assert known.json()["payment_source"]["paypal"]["email_address"] == "ada@example.com"


def test_page_asks_for_the_account_under_a_strict_policy(paypal: PayPalSandbox) -> None:
    page = httpx.get(f"{paypal.control.url}/paypal/agreements/approve?approval_session_id=<b>")

    assert 'list="accounts"' in page.text
    assert "insufficient@example.com" in page.text
    assert "&lt;b&gt;" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "script-src" not in page.headers["content-security-policy"]


def test_answer_twice_is_told(paypal: PayPalSandbox) -> None:
    setup = call(
        paypal,
        "POST",
        "/v3/vault/setup-tokens",
        json={
            "payment_source": {
                "paypal": {
                    "experience_context": {
                        "return_url": "http://127.0.0.1:8000/back",
                        "cancel_url": "http://127.0.0.1:8000/back",
                    }
                }
            }
        },
    ).json()
    page = setup["links"][0]["href"]
    form = {"answer": "approve", "email": "ok@example.com"}

    answers = [httpx.post(page, data=form).status_code for _ in range(2)]

    assert answers == [303, 422]
