from __future__ import annotations

import pytest
import stripe

from sandbox.validator import Schema
from tests.fixtures.sandbox import SandboxControl
from tests.fixtures.stripe_calls import make_client

SCHEMA = Schema.from_sdk()
GOOD = [
    ("POST", "/v1/refunds", "payment_intent=pi_1&amount=5&reason=duplicate"),
    ("POST", "/v1/payment_intents", "amount=5&currency=usd&confirm=true&off_session=true&metadata[1]=x"),
    (
        "POST",
        "/v1/payment_intents",
        "amount=5&currency=usd&payment_method_types[0]=card&expand[]=latest_charge",
    ),
    (
        "POST",
        "/v1/customers/cus_1",
        "metadata[gone]=&invoice_settings[default_payment_method]=pm_1&shipping=",
    ),
    ("GET", "/v1/charges", "limit=3&created[gte]=5"),
    ("DELETE", "/v1/customers/cus_1", ""),
    ("GET", "/v1/account", ""),
    ("POST", "/v1/customers", "name="),
]
BAD = [
    ("POST", "/v1/refunds", "paymnt_intent=pi_1", "paymnt_intent: Received unknown parameter: paymnt_intent"),
    ("POST", "/v1/refunds", "amount=5.5", "amount: Invalid integer: 5.5"),
    ("POST", "/v1/payment_intents", "amount=5", "currency: Missing required param: currency."),
    ("POST", "/v1/payment_intents", "amount=5&currency=usd&confirm=maybe", "confirm: Invalid boolean: maybe"),
    (
        "POST",
        "/v1/setup_intents",
        "usage=sometimes",
        "usage: Invalid usage: must be one of off_session, on_session",
    ),
    (
        "GET",
        "/v1/charges",
        "created[gte]=5&created[after]=1",
        "created[after]: Received unknown parameter: created[after]",
    ),
    (
        "POST",
        "/v1/payment_intents",
        "amount=5&currency=",
        "currency: You passed an empty string for 'currency'. 'currency' cannot be unset.",
    ),
    ("POST", "/v1/customers", "address=Berlin", "address: Invalid object: address"),
    ("GET", "/v1/nonsense", "", "unknown path: GET /v1/nonsense"),
]


@pytest.mark.parametrize(("method", "path", "form"), GOOD)
def test_well_formed_request_has_no_problem(method: str, path: str, form: str) -> None:
    assert SCHEMA.validate(method, path, form) == []


@pytest.mark.parametrize(("method", "path", "form", "problem"), BAD)
def test_malformed_request_names_the_parameter(method: str, path: str, form: str, problem: str) -> None:
    assert SCHEMA.validate(method, path, form) == [problem]


def test_server_refuses_a_typo_and_names_it(sandbox: SandboxControl) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        make_client(sandbox.url).v1.customers.create({"emial": "a@example.test"})

    assert (refusal.value.http_status, refusal.value.param) == (400, "emial")
    assert refusal.value.code == "parameter_unknown"
    assert sandbox.state()["counts"] == {}
