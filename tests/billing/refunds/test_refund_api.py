from __future__ import annotations

import pytest

from tests.factories.api_clients import make_api_client
from tests.factories.refunds import make_paid
from tests.fixtures.gateway import GatewaySandbox

# The endpoint calls a gateway, which no transaction may wait for: it is tried with real commits.
pytestmark = pytest.mark.real_commits


def test_integrator_gives_a_part_back_and_then_the_rest(gateway: GatewaySandbox) -> None:
    payment = make_paid(gateway)
    client = make_api_client(brand=payment.brand)
    path = f"/api/v1/payments/{payment.public_id}/refunds"

    part = client.post(path, {"amount_minor": 1000, "reason": "duplicate"}).json()
    rest = client.post(path, {}).json()
    refused = client.post(path, {"amount_minor": 1})

    assert (part["status"], part["amount_minor"], part["reason"]) == ("succeeded", 1000, "duplicate")
    assert (rest["amount_minor"], rest["payment"], rest["credit_note"]) == (1900, payment.public_id, None)
    assert (refused.status_code, refused.json()["code"]) == (409, "refund_refused")
    assert client.get(f"/api/v1/payments/{payment.public_id}").json()["returned_minor"] == 2900
    listed = client.get(f"/api/v1/refunds?payment={payment.public_id}&status=succeeded").json()["data"]
    assert [each["id"] for each in listed] == [rest["id"], part["id"]]
    assert client.get(f"/api/v1/refunds/{part['id']}").json() == part
    assert client.post(path, {"amount_minor": 0}).status_code == 422


def test_same_key_refunds_once(gateway: GatewaySandbox) -> None:
    payment = make_paid(gateway)
    client = make_api_client(brand=payment.brand)
    path = f"/api/v1/payments/{payment.public_id}/refunds"

    first = client.post(path, {"amount_minor": 1000}, headers={"Idempotency-Key": "r1"})
    again = client.post(path, {"amount_minor": 1000}, headers={"Idempotency-Key": "r1"})

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(gateway.control.refunds()) == 1
