from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from apps.accounts.enums import ApiKeyKind
from apps.accounts.services.create_api_key import create_api_key
from apps.core import clock
from apps.usage.models import Event
from tests.factories.api_clients import make_api_client
from tests.factories.customers import MADE_AT, make_brand, make_customer
from tests.factories.plans import make_meter
from tests.factories.usage import NOW, make_event, send

pytestmark = pytest.mark.django_db

URL = "/api/v1/events"


def sender(customer, *, kind=ApiKeyKind.INTAKE, scopes=()) -> Client:
    _, plaintext = create_api_key(
        brand=customer.brand,
        livemode=customer.livemode,
        name="test",
        kind=kind,
        scopes=scopes,
        expires_at=None,
        at=MADE_AT,
    )
    return Client(headers={"Authorization": f"Bearer {plaintext}"}, raise_request_exception=False)


def post(client: Client, body) -> tuple[int, dict]:
    data = body if isinstance(body, bytes) else json.dumps(body)
    answer = client.post(URL, data, content_type="application/json")
    return answer.status_code, json.loads(answer.content)


def event(event_id: str, **overrides) -> dict:
    return {"id": event_id, "customer": "acme", "event": "call"} | overrides


@pytest.mark.parametrize("wrap", [lambda events: events, lambda events: {"events": events}])
def test_events_as_a_list_or_an_object_are_answered_one_by_one(wrap):
    customer = make_customer(external_id="acme")
    known = event("e1", properties={"n": 1})
    client = sender(customer)
    post(client, known)

    status, answer = post(
        client,
        wrap(
            [
                event("e2"),
                known,
                event("e1", properties={"n": 2}),
                event("e3", customer="nobody"),
                event("e4", timestamp="yesterday"),
                {"event": "call"},
                event("e5", propertis={}),
                event("e6", timestamp="2026-11-22T12:00:00"),
                event("e7"),
            ]
        ),
    )

    assert status == 200
    assert {name: value for name, value in answer.items() if name != "results"} == {
        "object": "event_intake",
        "accepted": 2,
        "duplicates": 1,
        "amended": 0,
        "conflicts": 1,
        "invalid": 5,
    }
    assert [(result["index"], result.get("id"), result["status"]) for result in answer["results"]] == [
        (0, "e2", "accepted"),
        (1, "e1", "duplicate"),
        (2, "e1", "conflict"),
        (3, "e3", "invalid"),
        (4, "e4", "invalid"),
        (5, None, "invalid"),
        (6, "e5", "invalid"),
        (7, "e6", "invalid"),
        (8, "e7", "accepted"),
    ]
    assert [result["errors"][0]["field"] for result in answer["results"] if "errors" in result] == [
        *("id", "customer", "timestamp", "id", "propertis", "timestamp")
    ]
    assert Event.objects.count() == 3


def test_a_single_event_answers_with_its_own_status():
    client = sender(make_customer(external_id="acme"))

    assert post(client, event("e1"))[0] == 200
    assert post(client, event("e1"))[1]["duplicates"] == 1
    conflict = post(client, event("e1", properties={"n": 2}))
    invalid = post(client, event("e2", customer="nobody"))

    assert (conflict[0], conflict[1]["code"]) == (409, "event_id_taken")
    assert (invalid[0], invalid[1]["code"], invalid[1]["errors"][0]["field"]) == (
        *(422, "customer_not_found", "customer"),
    )


def test_an_event_without_timestamp_happens_now():
    client = sender(make_customer(external_id="acme"))
    before = clock.now()

    post(client, event("e1"))

    assert before <= Event.objects.get().timestamp <= clock.now()


def test_numbers_keep_the_digits_that_were_sent():
    client = sender(make_customer(external_id="acme"))

    post(
        client,
        b'{"id":"e1","customer":"acme","event":"call","properties":{"n":0.1000000000000000055511151231257827}}',
    )

    with connection.cursor() as cursor:
        cursor.execute("SELECT properties ->> 'n' FROM usage_event")
        assert cursor.fetchone() == ("0.1000000000000000055511151231257827",)


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"[1, 2", b'"text"', b"\xff\xfe", b'{"events": 5}', b'{"events": []}', b"[]"),
        b"[" + b",".join([b"{}"] * 1001) + b"]",
        b"[" * 100_000,
        b'[{"id":"b\\ud800","customer":"acme","event":"call"}]',
        b'[{"properties":' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}]",
    ],
)
def test_a_malformed_request_is_a_problem_and_stores_nothing(body):
    client = sender(make_customer(external_id="acme"))

    status, answer = post(client, body)

    assert (status, answer["code"]) == (422, "invalid_input")
    assert Event.objects.count() == 0


def test_one_unreadable_text_costs_only_its_own_event():
    client = sender(make_customer(external_id="acme"))
    bad = b'{"id":"b\xff","customer":"acme","event":"call"}'

    status, answer = post(client, b"[" + bad + b"," + json.dumps(event("ok")).encode() + b"]")

    assert (status, answer["accepted"], answer["invalid"]) == (200, 1, 1)


def test_a_request_over_five_megabytes_is_refused():
    client = sender(make_customer(external_id="acme"))

    status, answer = post(client, b" " * (5 * 1024 * 1024 + 1))

    assert (status, answer["code"]) == (413, "too_large")


def test_only_post_is_offered():
    client = sender(make_customer())

    answer = client.get(URL)

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_without_a_key_nothing_is_taken():
    status, answer = post(Client(), event("e1"))

    assert (status, answer["code"]) == (401, "api_key_invalid")
    assert Client().post(URL).headers["WWW-Authenticate"] == 'Bearer realm="api"'


@pytest.mark.parametrize(("scopes", "status"), [(["events:write"], 200), (["*"], 200), (["usage:read"], 403)])
def test_a_secret_key_needs_the_scope(scopes, status):
    client = sender(make_customer(external_id="acme"), kind=ApiKeyKind.SECRET, scopes=scopes)

    assert post(client, event("e1"))[0] == status


def test_an_intake_key_cannot_read():
    customer = make_customer(external_id="acme")
    meter = make_meter()

    for path in (f"meters/{meter.code}/usage", f"customers/{customer.public_id}/usage", "customers"):
        assert sender(customer).get(f"/api/v1/{path}").status_code == 403


def test_a_key_of_another_brand_or_mode_does_not_reach_the_customer():
    customer = make_customer(external_id="acme")
    stranger = make_customer(brand=make_brand())
    live = make_customer(brand=customer.brand, livemode=True)

    assert post(sender(stranger), event("e1"))[0] == 422
    assert post(sender(live), event("e1"))[0] == 422


def test_intake_costs_the_same_queries_for_many_events(django_assert_max_num_queries):
    client = sender(make_customer(external_id="acme"))
    post(client, event("e0"))

    with django_assert_max_num_queries(12):
        post(client, [event(f"e{n}") for n in range(1, 1001)])


def test_meter_usage_tells_value_groups_and_days():
    customer = make_customer(external_id="acme", time_zone="Asia/Kathmandu")
    meter = make_meter(event_name="call", aggregation="sum", value_property="n", group_by=["r"])
    send(
        customer,
        make_event(customer, timestamp=NOW - timedelta(hours=20), properties={"n": "1.50", "r": "eu"}),
        make_event(customer, timestamp=NOW, properties={"n": 2}),
    )
    window = {"from": "2026-11-21T00:00:00+05:45", "to": "2026-11-23T00:00:00+05:45"}

    answer = make_api_client(brand=customer.brand, scopes=["usage:read"]).get(
        f"/api/v1/meters/{meter.code}/usage", {"customer": "acme", "window": "day", **window}
    )

    assert answer.status_code == 200
    told = answer.json()
    assert (told["object"], told["value"], told["customer"]) == ("meter_usage", "3.5", customer.public_id)
    assert (told["starts_at"], told["ends_at"]) == ("2026-11-20T18:15:00Z", "2026-11-22T18:15:00Z")
    assert told["groups"] == [
        {"group": {"r": "eu"}, "value": "1.5"},
        {"group": {"r": None}, "value": "2"},
    ]
    assert told["days"] == [{"date": "2026-11-21", "value": "1.5"}, {"date": "2026-11-22", "value": "2"}]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 422),
        ({"customer": "acme", "from": "2026-11-01T00:00:00Z", "to": "2026-11-01T00:00:00Z"}, 422),
        ({"customer": "acme", "from": "2020-11-01T00:00:00Z", "to": "2026-11-01T00:00:00Z"}, 422),
        ({"customer": "acme", "from": "2026-11-01", "to": "2026-12-01"}, 422),
        ({"customer": "other", "from": "2026-11-01T00:00:00Z", "to": "2026-12-01T00:00:00Z"}, 404),
    ],
)
def test_meter_usage_refuses_what_it_cannot_answer(query, status):
    customer = make_customer(external_id="acme")
    make_customer(external_id="other")
    meter = make_meter()

    answer = make_api_client(brand=customer.brand).get(f"/api/v1/meters/{meter.code}/usage", query)

    assert answer.status_code == status


def test_meter_usage_of_an_unknown_meter_is_404():
    customer = make_customer(external_id="acme")
    query = {"customer": "acme", "from": "2026-11-01T00:00:00Z", "to": "2026-12-01T00:00:00Z"}

    answer = make_api_client(brand=customer.brand).get("/api/v1/meters/none/usage", query)

    assert (answer.status_code, answer.json()["code"]) == (404, "meter_not_found")
