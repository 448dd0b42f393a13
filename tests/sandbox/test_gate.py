from __future__ import annotations

import pytest
import requests
import stripe

from tests.fixtures.sandbox import API_KEY, PUBLISHABLE_KEY, SandboxControl
from tests.fixtures.stripe_calls import charge_off_session, make_card_customer, make_client


@pytest.mark.parametrize(
    ("key", "error"),
    [
        ("sk_live_" + "a" * 24, stripe.AuthenticationError),
        ("rk_live_" + "a" * 24, stripe.AuthenticationError),
        ("nonsense", stripe.AuthenticationError),
        (PUBLISHABLE_KEY, stripe.PermissionError),
    ],
)
def test_wrong_key_is_refused(sandbox: SandboxControl, key: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        make_client(sandbox.url, key=key).v1.customers.create({})

    assert sandbox.state()["counts"] == {}


def test_unknown_object_is_resource_missing(sandbox: SandboxControl) -> None:
    client = make_client(sandbox.url)

    with pytest.raises(stripe.InvalidRequestError) as absent:
        client.v1.charges.retrieve("ch_absent")
    with pytest.raises(stripe.InvalidRequestError) as mentioned:
        client.v1.payment_intents.create({"amount": 100, "currency": "usd", "customer": "cus_absent"})

    assert (absent.value.http_status, absent.value.code) == (404, "resource_missing")
    assert (mentioned.value.http_status, mentioned.value.param) == (400, "customer")
    assert absent.value.request_id is not None


def test_customer_is_changed_listed_and_deleted(sandbox: SandboxControl) -> None:
    client = make_client(sandbox.url)
    customer, method = make_card_customer(client)

    client.v1.customers.update(customer, {"invoice_settings": {"default_payment_method": method}})
    client.v1.customers.update(customer, {"metadata": {"a": "1", "b": "2"}})
    client.v1.customers.update(customer, {"metadata": {"a": ""}, "name": "Ada"})
    kept = client.v1.customers.retrieve(
        customer, {"expand": ["invoice_settings.default_payment_method", "sources"]}
    )
    listed = client.v1.customers.list({"email": "ada@example.test"}).data
    client.v1.customers.delete(customer)

    assert (kept.name, kept.metadata.to_dict()) == ("Ada", {"b": "2"})
    assert kept.invoice_settings.default_payment_method.card.last4 == "4242"
    assert [c.id for c in listed] == [customer]
    assert client.v1.customers.retrieve(customer).deleted is True
    assert client.v1.payment_methods.retrieve(method).customer is None


def test_detached_method_cannot_come_back(sandbox: SandboxControl) -> None:
    client = make_client(sandbox.url)
    customer, method = make_card_customer(client)
    client.v1.payment_methods.detach(method)

    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        client.v1.payment_methods.attach(method, {"customer": customer})

    assert client.v1.payment_methods.list({"customer": customer, "type": "card"}).data == []


def test_list_pages_through_everything_once(sandbox: SandboxControl) -> None:
    client = make_client(sandbox.url)
    customer, method = make_card_customer(client)
    made = [charge_off_session(client, customer, method).latest_charge for _ in range(7)]

    listed = [c.id for c in client.v1.charges.list({"limit": 3}).auto_paging_iter()]
    newer = client.v1.charges.list({"limit": 3, "ending_before": listed[4]}).data

    assert listed == made[::-1]
    assert [c.id for c in newer] == listed[1:4]


def test_manual_capture_takes_a_part(sandbox: SandboxControl) -> None:
    client = make_client(sandbox.url)
    customer, method = make_card_customer(client)
    intent = charge_off_session(client, customer, method, capture_method="manual")

    done = client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 1000})

    assert (intent.status, done.status, done.amount_received) == ("requires_capture", "succeeded", 1000)
    assert sandbox.charges()[0]["amount_captured"] == 1000


def test_module_level_client_works_through_api_base(
    sandbox: SandboxControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stripe, "api_base", sandbox.url)
    monkeypatch.setattr(stripe, "api_key", API_KEY)

    account = stripe.Account.retrieve()

    assert (account.id.startswith("acct_"), account.charges_enabled) == (True, True)
    assert stripe.Account.retrieve(account.id).id == account.id


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Origin": "https://evil.example"}, 403),
        ({"Content-Type": "text/plain"}, 400),
    ],
)
def test_foreign_pages_cannot_drive_the_controls(
    sandbox: SandboxControl, headers: dict[str, str], status: int
) -> None:
    make_client(sandbox.url).v1.customers.create({})

    answer = requests.post(
        f"{sandbox.url}/_sandbox/reset",
        data="{}",
        headers={"Content-Type": "application/json", **headers},
        timeout=10,
    )

    assert answer.status_code == status
    assert sandbox.state()["counts"]["customer"] == 1


def test_amount_below_the_minimum_is_refused(sandbox: SandboxControl) -> None:
    client = make_client(sandbox.url)

    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.payment_intents.create({"amount": 49, "currency": "usd"})

    assert refusal.value.code == "amount_too_small"
    assert client.v1.payment_intents.create({"amount": 50, "currency": "usd"}).amount == 50


def test_card_numbers_are_only_taken_from_the_own_frame(sandbox: SandboxControl) -> None:
    intent = make_client(sandbox.url).v1.setup_intents.create({})
    card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}
    body = {"intent": intent.id, "client_secret": intent.client_secret, "key": PUBLISHABLE_KEY, "card": card}

    answers = [
        requests.post(f"{sandbox.url}/_element/confirm", json=body, headers={"Origin": origin}, timeout=10)
        for origin in ("http://localhost:8000", sandbox.url)
    ]

    assert [a.status_code for a in answers] == [403, 200]
    assert answers[1].json()["intent"]["status"] == "succeeded"


@pytest.mark.parametrize("path", ["/_element/card", "/_element/challenge"])
def test_frames_forbid_inline_scripts_and_foreign_pages(sandbox: SandboxControl, path: str) -> None:
    answer = requests.get(sandbox.url + path, timeout=10)

    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'; style-src 'self'" in policy
    assert "frame-ancestors http://127.0.0.1:* http://localhost:*" in policy
    assert "<script>" not in answer.text
