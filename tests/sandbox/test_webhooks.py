from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest
import stripe

from tests.fixtures.sandbox import SandboxControl
from tests.fixtures.stripe_calls import (
    Receiver,
    charge_off_session,
    make_card_customer,
    make_client,
    webhook_receiver,
)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with webhook_receiver() as running:
        yield running


def listen(sandbox: SandboxControl, receiver: Receiver, *events: str) -> str:
    """Register the receiver, held back until the test delivers; the signing secret."""
    sandbox.pause_webhooks()
    endpoint = make_client(sandbox.url).v1.webhook_endpoints.create(
        {"url": receiver.url, "enabled_events": list(events) or ["*"]}
    )
    assert endpoint.secret is not None
    return endpoint.secret


def types(receiver: Receiver) -> list[str]:
    return [json.loads(body)["type"] for body in receiver.bodies]


def test_payment_sends_signed_events_in_order(sandbox: SandboxControl, receiver: Receiver) -> None:
    secret = listen(sandbox, receiver)
    client = make_client(sandbox.url)
    customer, method = make_card_customer(client)

    intent = charge_off_session(client, customer, method, key="pay-9")
    client.v1.refunds.create({"payment_intent": intent.id, "amount": 234})
    sandbox.deliver_now()

    assert types(receiver) == [
        "customer.created",
        "payment_method.attached",
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "refund.created",
        "charge.refunded",
    ]
    event = stripe.Webhook.construct_event(receiver.bodies[4], receiver.signatures[4], secret)
    assert event.api_version == "2026-05-27.dahlia"
    assert (event.data.object["id"], event["request"]["idempotency_key"]) == (intent.id, "pay-9")
    assert client.v1.events.retrieve(event.id).pending_webhooks == 0


def test_other_secret_does_not_verify(sandbox: SandboxControl, receiver: Receiver) -> None:
    listen(sandbox, receiver)
    make_client(sandbox.url).v1.customers.create({})
    sandbox.deliver_now()

    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(receiver.bodies[0], receiver.signatures[0], "whsec_other")


def test_decline_sends_failure_events(sandbox: SandboxControl, receiver: Receiver) -> None:
    client = make_client(sandbox.url)
    customer, method = make_card_customer(client, "pm_card_chargeCustomerFail")
    listen(sandbox, receiver)

    with pytest.raises(stripe.CardError):
        charge_off_session(client, customer, method)
    sandbox.deliver_now()

    assert types(receiver) == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]


def test_setup_and_cancellation_send_their_events(sandbox: SandboxControl, receiver: Receiver) -> None:
    client = make_client(sandbox.url)
    listen(sandbox, receiver, "setup_intent.succeeded", "setup_intent.canceled", "payment_intent.canceled")

    client.v1.setup_intents.create({"payment_method": "pm_card_visa", "confirm": True})
    client.v1.setup_intents.cancel(client.v1.setup_intents.create().id)
    client.v1.payment_intents.cancel(client.v1.payment_intents.create({"amount": 100, "currency": "usd"}).id)
    sandbox.deliver_now()

    assert types(receiver) == ["setup_intent.succeeded", "setup_intent.canceled", "payment_intent.canceled"]


def test_failed_delivery_is_tried_again_by_itself(sandbox: SandboxControl, receiver: Receiver) -> None:
    listen(sandbox, receiver)
    receiver.statuses[:] = [500, 503]

    sandbox.pause_webhooks(False)
    make_client(sandbox.url).v1.customers.create({})
    deadline = time.monotonic() + 10
    while sandbox.state()["outbox"]["delivered"] < 1 and time.monotonic() < deadline:
        time.sleep(0.02)

    assert [d["status"] for d in sandbox.deliveries()] == [500, 503, 200]
    assert len(set(receiver.digests())) == 1


@pytest.mark.parametrize(("kind", "received"), [("webhook_drop", 0), ("webhook_duplicate", 2)])
def test_webhook_fault_changes_the_number(
    sandbox: SandboxControl, receiver: Receiver, kind: str, received: int
) -> None:
    listen(sandbox, receiver)
    sandbox.fault(kind)

    make_client(sandbox.url).v1.customers.create({})
    sandbox.deliver_now()

    assert len(receiver.bodies) == received
    assert sandbox.state()["counts"]["event"] == 1


def test_late_webhook_waits(sandbox: SandboxControl, receiver: Receiver) -> None:
    listen(sandbox, receiver)
    sandbox.fault("webhook_late", seconds=600)
    sandbox.pause_webhooks(False)

    make_client(sandbox.url).v1.customers.create({})
    time.sleep(0.2)

    assert (receiver.bodies, sandbox.state()["outbox"]["pending"]) == ([], 1)
    assert [d["status"] for d in sandbox.deliver_now()] == [200]


def test_remote_endpoint_is_refused(sandbox: SandboxControl) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="on this machine"):
        make_client(sandbox.url).v1.webhook_endpoints.create(
            {"url": "http://hooks.example.test/", "enabled_events": ["*"]}
        )
