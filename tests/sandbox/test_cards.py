from __future__ import annotations

import pytest
import stripe

from sandbox.cards import CARDS, TOKENS, is_luhn_valid
from tests.fixtures.sandbox import SandboxControl
from tests.fixtures.stripe_calls import charge_off_session, make_card_customer, make_client

DECLINES = [
    ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
    ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
    ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card"),
    ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
    ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc"),
    ("pm_card_chargeDeclinedProcessingError", "processing_error", "processing_error"),
]


def test_every_number_passes_luhn_and_every_token_has_a_card() -> None:
    assert [number for number in CARDS if not is_luhn_valid(number)] == []
    assert set(TOKENS.values()) == set(CARDS)


def test_charge_of_good_card_succeeds_with_details(sandbox: SandboxControl) -> None:
    client = make_client(sandbox.url)
    customer, method = make_card_customer(client)

    intent = charge_off_session(client, customer, method, key="pay-1", metadata={"payment": "7"})

    charge = client.v1.charges.retrieve(intent.latest_charge, {"expand": ["balance_transaction"]})
    assert (intent.status, intent.amount_received, charge.paid, charge.captured) == (
        "succeeded",
        1234,
        True,
        True,
    )
    assert charge.payment_method_details.card.last4 == "4242"
    assert charge.metadata.to_dict() == {"payment": "7"}
    # 2.9 % of 1234 is 35.786, and 30.
    assert (charge.balance_transaction.fee, charge.balance_transaction.net) == (66, 1168)
    assert sandbox.charges(metadata={"payment": "7"})[0]["idempotency_key"] == "pay-1"


@pytest.mark.parametrize(("token", "code", "decline_code"), DECLINES)
def test_declining_card_is_refused_when_attached(
    sandbox: SandboxControl, token: str, code: str, decline_code: str
) -> None:
    with pytest.raises(stripe.CardError) as refusal:
        make_card_customer(make_client(sandbox.url), token)

    assert (refusal.value.http_status, refusal.value.code) == (402, code)
    assert refusal.value.error.decline_code == decline_code


@pytest.mark.parametrize(("token", "code", "decline_code"), DECLINES)
def test_declining_card_without_customer_leaves_a_failed_charge(
    sandbox: SandboxControl, token: str, code: str, decline_code: str
) -> None:
    client = make_client(sandbox.url)

    with pytest.raises(stripe.CardError) as refusal:
        client.v1.payment_intents.create(
            {"amount": 500, "currency": "eur", "payment_method": token, "confirm": True}
        )

    error = refusal.value.error
    assert (error.code, error.decline_code) == (code, decline_code)
    assert error.payment_intent.status == "requires_payment_method"
    intent = client.v1.payment_intents.retrieve(error.payment_intent.id)
    assert intent.last_payment_error.decline_code == decline_code
    [charge] = sandbox.charges()
    assert (charge["id"], charge["status"], charge["captured"]) == (error.charge, "failed", False)


def test_card_0341_attaches_then_declines(sandbox: SandboxControl) -> None:
    client = make_client(sandbox.url)
    customer, method = make_card_customer(client, "pm_card_chargeCustomerFail")

    with pytest.raises(stripe.CardError) as refusal:
        charge_off_session(client, customer, method)

    assert refusal.value.error.decline_code == "generic_decline"


def test_changed_behaviour_declines_then_recovers(sandbox: SandboxControl) -> None:
    client = make_client(sandbox.url)
    customer, method = make_card_customer(client)

    sandbox.set_behaviour(method, "insufficient_funds")
    with pytest.raises(stripe.CardError) as refusal:
        charge_off_session(client, customer, method)
    sandbox.set_behaviour(method, "ok")
    recovered = client.v1.payment_intents.confirm(
        refusal.value.error.payment_intent.id, {"payment_method": method, "off_session": True}
    )

    assert refusal.value.error.decline_code == "insufficient_funds"
    assert (recovered.status, recovered.last_payment_error) == ("succeeded", None)
    assert [c["status"] for c in sandbox.charges()] == ["succeeded", "failed"]


def test_card_3155_needs_setup_before_off_session(sandbox: SandboxControl) -> None:
    client = make_client(sandbox.url)
    customer, method = make_card_customer(client, "pm_card_authenticationRequiredOnSetup")

    with pytest.raises(stripe.CardError) as refusal:
        charge_off_session(client, customer, method)
    setup = client.v1.setup_intents.create({"customer": customer, "payment_method": method, "confirm": True})
    sandbox.authenticate(setup.id)

    assert refusal.value.code == "authentication_required"
    assert setup.status == "requires_action"
    assert client.v1.setup_intents.retrieve(setup.id).status == "succeeded"
    assert charge_off_session(client, customer, method).status == "succeeded"


def test_card_3184_asks_always(sandbox: SandboxControl) -> None:
    client = make_client(sandbox.url)
    customer, method = make_card_customer(client, "pm_card_authenticationRequired")
    setup = client.v1.setup_intents.create({"customer": customer, "payment_method": method, "confirm": True})
    sandbox.authenticate(setup.id)

    with pytest.raises(stripe.CardError) as refusal:
        charge_off_session(client, customer, method)
    intent = client.v1.payment_intents.confirm(
        refusal.value.error.payment_intent.id, {"payment_method": method}
    )

    assert refusal.value.code == "authentication_required"
    assert (intent.status, intent.next_action.type) == ("requires_action", "use_stripe_sdk")
    assert sandbox.authenticate(intent.id)["status"] == "succeeded"


def test_failed_authentication_asks_for_another_method(sandbox: SandboxControl) -> None:
    client = make_client(sandbox.url)
    setup = client.v1.setup_intents.create(
        {"payment_method": "pm_card_threeDSecure2Required", "confirm": True}
    )

    sandbox.authenticate(setup.id, "fail")

    after = client.v1.setup_intents.retrieve(setup.id)
    assert after.status == "requires_payment_method"
    assert after.last_setup_error.code == "setup_intent_authentication_failure"


def test_number_that_is_no_test_card_is_refused_and_not_kept(sandbox: SandboxControl) -> None:
    client = make_client(sandbox.url)
    card = {"number": "4111111111111111", "exp_month": 1, "exp_year": 2040, "cvc": "123"}

    with pytest.raises(stripe.CardError) as refusal:
        client.v1.payment_methods.create({"type": "card", "card": card})

    assert refusal.value.error.decline_code == "test_mode_live_card"
    assert sandbox.state()["counts"] == {}


def test_card_0077_is_available_at_once(sandbox: SandboxControl) -> None:
    client = make_client(sandbox.url)
    customer, method = make_card_customer(client, "pm_card_bypassPending")

    charge_off_session(client, customer, method)

    balance = client.v1.balance.retrieve()
    assert (balance.available[0].amount, balance.pending[0].amount) == (1168, 0)
