from __future__ import annotations

import pytest

from apps.usage.models import Event
from tests.factories.api_clients import make_api_client
from tests.factories.customers import make_customer
from tests.factories.plans import make_meter
from tests.factories.usage import NOW, make_event, send
from tests.usage.test_api import sender

pytestmark = pytest.mark.django_db

CORRECTIONS = ["event_corrections:write"]


def post(client, verb: str, body: str):
    return client.post(f"/api/v1/events/{verb}", body, content_type="application/json")


@pytest.fixture
def customer():
    customer = make_customer(external_id="acme")
    send(customer, make_event(customer, id="e1", timestamp=NOW, properties={"n": 5}))
    return customer


def test_an_amendment_keeps_every_digit_and_is_a_duplicate_in_intake(customer):
    body = '{"id": "e1", "customer": "acme", "event": "call", "properties": {"n": 0.12345678901234567890}}'
    client = make_api_client(brand=customer.brand, scopes=[*CORRECTIONS, "events:write"])

    first, again = post(client, "amend", body), post(client, "amend", body)
    sent = client.post("/api/v1/events", body, content_type="application/json")

    assert (first.status_code, first.json()) == (
        200,
        {"object": "event_correction", "id": "e1", "source": "api", "status": "amended", "livemode": False},
    )
    assert again.json()["status"] == "unchanged"
    assert sent.json()["duplicates"] == 1
    assert Event.objects.filter(properties__contains={"n": 5}).count() == 1
    assert Event.objects.count() == 2


def test_a_void_and_a_backfill_answer_what_they_did(customer):
    meter = make_meter(event_name="call", aggregation="sum", value_property="n")
    client = make_api_client(brand=customer.brand, scopes=CORRECTIONS)
    window = '"starts_at": "2026-11-22T00:00:00Z", "ends_at": "2026-11-23T00:00:00Z"'
    events = '[{"id": "e2", "timestamp": "2026-11-22T01:00:00Z", "properties": {"n": 2.5}}]'

    shown = post(
        client, "backfill", f'{{"customer": "acme", "meter": "{meter.code}", {window}, "events": {events}}}'
    )
    voided = post(client, "void", '{"id": "e1"}')

    assert shown.status_code == 200, shown.content
    assert (shown.json()["dry_run"], shown.json()["accepted"]) == (True, 1)
    assert [(one["before"], one["after"]) for one in shown.json()["meters"]] == [("5", "7.5")]
    assert voided.json()["status"] == "voided"


@pytest.mark.parametrize(
    ("verb", "body", "status"),
    [
        ("amend", "not JSON", 422),
        ("amend", '{"id": "e1", "customer": "acme", "event": "call", "typo": 1}', 422),
        ("amend", '{"id": "e1", "customer": "nobody", "event": "call"}', 404),
        ("void", '{"id": "e9"}', 404),
        ("void", '{"id": "e1", "timestamp": "2026-11-22T00:00:00"}', 422),
        ("backfill", '{"customer": "acme"}', 422),
        ("backfill", '{"customer": "a\\u0000b"}', 422),
    ],
)
def test_what_cannot_be_corrected_is_refused(customer, verb, body, status):
    client = make_api_client(brand=customer.brand, scopes=CORRECTIONS)

    answer = post(client, verb, body)

    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert Event.objects.count() == 1


@pytest.mark.parametrize("verb", ["amend", "void", "backfill"])
def test_an_intake_key_corrects_nothing(customer, verb):
    assert post(sender(customer), verb, '{"id": "e1"}').status_code == 403
