from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

from tests.fixtures.sandbox import SandboxControl
from tests.fixtures.stripe_calls import charge_off_session, make_card_customer, make_client


@pytest.fixture
def client(sandbox: SandboxControl) -> stripe.StripeClient:
    return make_client(sandbox.url)


@pytest.fixture
def intent(client: stripe.StripeClient) -> stripe.PaymentIntent:
    """A payment of 12.34 USD."""
    return charge_off_session(client, *make_card_customer(client))


def test_refund_in_parts_ends_at_what_was_captured(
    client: stripe.StripeClient, intent: stripe.PaymentIntent
) -> None:
    client.v1.refunds.create({"payment_intent": intent.id, "amount": 1000})

    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 235})
    client.v1.refunds.create({"payment_intent": intent.id})
    with pytest.raises(stripe.InvalidRequestError) as done:
        client.v1.refunds.create({"payment_intent": intent.id})

    charge = client.v1.charges.retrieve(str(intent.latest_charge), {"expand": ["refunds"]})
    assert (refusal.value.param, done.value.code) == ("amount", "charge_already_refunded")
    assert (charge.amount_refunded, charge.refunded) == (1234, True)
    assert [r.amount for r in charge.refunds.data] == [234, 1000]


def test_parallel_refunds_never_exceed_the_charge(
    client: stripe.StripeClient, intent: stripe.PaymentIntent
) -> None:
    def refund(_: int) -> int:
        try:
            return client.v1.refunds.create({"payment_intent": intent.id, "amount": 500}).amount
        except stripe.InvalidRequestError:
            return 0

    with ThreadPoolExecutor(8) as pool:
        amounts = list(pool.map(refund, range(8)))

    assert sorted(amounts) == [0, 0, 0, 0, 0, 0, 500, 500]


def test_refund_moves_the_balance(client: stripe.StripeClient, intent: stripe.PaymentIntent) -> None:
    refund = client.v1.refunds.create({"payment_intent": intent.id, "amount": 234, "reason": "duplicate"})

    movement = client.v1.balance_transactions.retrieve(str(refund.balance_transaction))
    listed = client.v1.balance_transactions.list({"type": "refund"}).data
    assert (movement.amount, movement.fee, movement.net) == (-234, 0, -234)
    assert [m.id for m in listed] == [movement.id]
    assert client.v1.balance.retrieve().pending[0].amount == 1168 - 234


def test_unpaid_intent_cannot_be_refunded(client: stripe.StripeClient) -> None:
    intent = client.v1.payment_intents.create({"amount": 100, "currency": "usd"})

    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.refunds.create({"payment_intent": intent.id})

    assert refusal.value.code == "payment_intent_unexpected_state"


def test_pending_refund_succeeds_when_the_bank_says_so(
    client: stripe.StripeClient, sandbox: SandboxControl
) -> None:
    intent = charge_off_session(client, *make_card_customer(client, "pm_card_pendingRefund"))
    refund = client.v1.refunds.create({"payment_intent": intent.id, "metadata": {"refund": "ref_1"}})
    assert refund.status == "pending"

    sandbox.settle_refund(refund.id)

    assert client.v1.refunds.retrieve(refund.id).status == "succeeded"
    (told,) = sandbox.refunds(refund="ref_1")
    assert (told["id"], told["status"], told["amount"]) == (refund.id, "succeeded", 1234)
    assert sandbox.refunds(refund="ref_2") == []
    assert [event.type for event in client.v1.events.list({"limit": 1}).data] == ["refund.updated"]


def test_refund_that_fails_brings_the_money_back(
    client: stripe.StripeClient, sandbox: SandboxControl
) -> None:
    intent = charge_off_session(client, *make_card_customer(client, "pm_card_refundFail"))
    refund = client.v1.refunds.create({"payment_intent": intent.id, "amount": 234})
    assert refund.status == "succeeded"

    sandbox.settle_refund(refund.id)

    failed = client.v1.refunds.retrieve(refund.id, {"expand": ["charge"]})
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    assert (failed.charge.amount_refunded, failed.charge.refunded) == (0, False)  # type: ignore[union-attr]
    movement = client.v1.balance_transactions.retrieve(str(failed.failure_balance_transaction))
    assert (movement.type, movement.amount) == ("refund_failure", 234)
    assert client.v1.balance.retrieve().pending[0].amount == 1168
    assert [event.type for event in client.v1.events.list({"limit": 1}).data] == ["refund.failed"]
