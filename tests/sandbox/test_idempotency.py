from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import stripe

from tests.fixtures.sandbox import API_KEY, SandboxControl
from tests.fixtures.stripe_calls import charge_off_session, make_card_customer, make_client

FORM = {"amount": "900", "currency": "usd", "payment_method": "pm_card_visa", "confirm": "true"}


def post_intent(url: str, key: str, **more: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {API_KEY}", "Idempotency-Key": key}
    return requests.post(f"{url}/v1/payment_intents", data={**FORM, **more}, headers=headers, timeout=10)


def test_same_key_replays_the_first_answer(sandbox: SandboxControl) -> None:
    first = post_intent(sandbox.url, "k1")
    again = post_intent(sandbox.url, "k1")

    assert (again.status_code, again.content) == (200, first.content)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Original-Request"] == first.headers["Request-Id"]
    assert len(sandbox.charges()) == 1


def test_same_key_with_other_parameters_is_refused(sandbox: SandboxControl) -> None:
    post_intent(sandbox.url, "k1")

    answer = post_intent(sandbox.url, "k1", amount="901")

    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "idempotency_error")
    assert [c["amount"] for c in sandbox.charges()] == [900]


def test_order_of_parameters_does_not_matter(sandbox: SandboxControl) -> None:
    headers = {"Authorization": f"Bearer {API_KEY}", "Idempotency-Key": "k1"}
    answers = [
        requests.post(f"{sandbox.url}/v1/payment_intents", data=form, headers=headers, timeout=10).json()[
            "id"
        ]
        for form in (FORM, dict(reversed(FORM.items())))
    ]

    assert answers[0] == answers[1]


def test_decline_is_replayed(sandbox: SandboxControl) -> None:
    client = make_client(sandbox.url)
    customer, method = make_card_customer(client, "pm_card_chargeCustomerFail")
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            charge_off_session(client, customer, method, key="k1")

    assert len(sandbox.charges()) == 1


def test_refused_parameters_leave_the_key_free(sandbox: SandboxControl) -> None:
    wrong = post_intent(sandbox.url, "k1", currency="zzz")
    right = post_intent(sandbox.url, "k1")

    assert (wrong.status_code, right.status_code) == (400, 200)


def test_key_in_flight_conflicts(sandbox: SandboxControl) -> None:
    sandbox.fault("latency", seconds=1.0, match={"idempotency_key": "slow"})
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: post_intent(sandbox.url, "slow"), range(2)))

    assert sorted(a.status_code for a in answers) == [200, 409]
    assert len(sandbox.charges()) == 1


def test_eight_parallel_calls_are_one_charge(sandbox: SandboxControl) -> None:
    client = make_client(sandbox.url, retries=4)
    customer, method = make_card_customer(client)

    with ThreadPoolExecutor(8) as pool:
        intents = list(
            pool.map(lambda _: charge_off_session(client, customer, method, key="once").id, range(8))
        )

    assert len(set(intents)) == 1
    assert len(sandbox.charges(customer=customer)) == 1


def test_forgotten_key_charges_again(sandbox: SandboxControl) -> None:
    post_intent(sandbox.url, "k1")

    sandbox.forget_idempotency_keys()
    post_intent(sandbox.url, "k1")

    assert len(sandbox.charges(idempotency_key="k1")) == 2


def test_key_longer_than_255_characters_is_refused(sandbox: SandboxControl) -> None:
    assert post_intent(sandbox.url, "k" * 255).status_code == 200
    assert post_intent(sandbox.url, "k" * 256).status_code == 400
