from __future__ import annotations

import time

import pytest
import requests
import stripe

from sandbox.faults import Facts, Faults
from sandbox.store import Store
from tests.fixtures.sandbox import SandboxControl
from tests.fixtures.stripe_calls import charge_off_session, make_card_customer, make_client


def test_reset_after_keeps_the_charge_and_the_same_key_finds_it(sandbox: SandboxControl) -> None:
    client = make_client(sandbox.url)
    customer, method = make_card_customer(client)
    sandbox.fault("reset_after", match={"path": "/v1/payment_intents"})

    with pytest.raises(stripe.APIConnectionError):
        charge_off_session(client, customer, method, key="lost")
    [charge] = sandbox.charges(idempotency_key="lost")
    again = charge_off_session(client, customer, method, key="lost")

    assert (charge["captured"], again.latest_charge) == (True, charge["id"])
    assert len(sandbox.charges()) == 1


def test_reset_before_does_nothing(sandbox: SandboxControl) -> None:
    client = make_client(sandbox.url)
    customer, method = make_card_customer(client)
    sandbox.fault("reset_before", match={"customer": customer})

    with pytest.raises(stripe.APIConnectionError):
        charge_off_session(client, customer, method, key="early")

    assert sandbox.charges() == []
    assert charge_off_session(client, customer, method, key="early").status == "succeeded"


def test_error_500_is_kept_under_its_key(sandbox: SandboxControl) -> None:
    client = make_client(sandbox.url, retries=2)
    customer, method = make_card_customer(client)
    sandbox.fault("error_500", match={"path": "/v1/payment_intents"})

    for _ in range(2):
        with pytest.raises(stripe.APIError) as failure:
            charge_off_session(client, customer, method, key="broken")
        assert failure.value.http_status == 500

    assert sandbox.charges() == []
    assert charge_off_session(client, customer, method, key="fresh").status == "succeeded"


def test_error_429_is_not_kept(sandbox: SandboxControl) -> None:
    client = make_client(sandbox.url)
    customer, method = make_card_customer(client)
    sandbox.fault("error_429", match={"metadata": {"payment": "5"}})

    with pytest.raises(stripe.RateLimitError):
        charge_off_session(client, customer, method, key="busy", metadata={"payment": "5"})

    intent = charge_off_session(client, customer, method, key="busy", metadata={"payment": "5"})
    assert intent.status == "succeeded"


def test_latency_delays_only_what_it_matches(sandbox: SandboxControl) -> None:
    client = make_client(sandbox.url)
    sandbox.fault("latency", seconds=0.4, match={"path": "/v1/balance"})

    began = time.monotonic()
    client.v1.customers.create({})
    middle = time.monotonic()
    client.v1.balance.retrieve()

    assert middle - began < 0.3
    assert time.monotonic() - middle >= 0.4


def test_faults_are_listed_counted_and_lifted(sandbox: SandboxControl) -> None:
    client = make_client(sandbox.url)
    sandbox.fault("error_429", times=2, match={"path": "/v1/customers*", "method": "POST"})

    with pytest.raises(stripe.RateLimitError):
        client.v1.customers.create({})
    [fault] = sandbox.faults()
    sandbox.clear_faults()

    assert (fault["kind"], fault["fired"], fault["times"]) == ("error_429", 1, 2)
    assert sandbox.faults() == []
    assert client.v1.customers.create({}).id.startswith("cus_")


def test_probability_with_a_seed_repeats() -> None:
    runs = []
    for _ in range(2):
        store = Store(":memory:", ("CREATE TABLE faults (id TEXT PRIMARY KEY, fault TEXT NOT NULL)",))
        faults = Faults(store)
        faults.add({"kind": "error_429", "times": 0, "probability": 0.3, "seed": 11})
        runs.append([bool(faults.strike(Facts("GET", "/v1/balance"))) for _ in range(200)])
        store.close()

    assert runs[0] == runs[1]
    assert 30 < sum(runs[0]) < 90


@pytest.mark.parametrize(
    "wish",
    [
        {"kind": "earthquake"},
        {"kind": "latency", "match": {"pth": "/"}},
        {"kind": "latency", "times": "many"},
    ],
)
def test_wrong_fault_is_refused(sandbox: SandboxControl, wish: dict[str, object]) -> None:
    answer = requests.post(f"{sandbox.url}/_sandbox/faults", json=wish, timeout=10)

    assert answer.status_code == 400
    assert sandbox.faults() == []
