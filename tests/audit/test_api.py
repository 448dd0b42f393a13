from __future__ import annotations

from datetime import UTC, datetime

import pytest

from apps.audit.selectors import timeline_for, timeline_for_customer
from apps.audit.services.record import record_event
from apps.audit.services.seal import drain_unsealed
from tests.core.api.clients import client_with_key
from tests.factories.customers import make_brand, make_customer

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def record(name: str, subject, at: datetime = NOON):
    return record_event(name=name, subject=subject, at=at, data={"n": 1})


@pytest.mark.django_db
def test_changes_are_those_of_the_keys_brand_and_mode_in_order() -> None:
    brand = make_brand()
    mine = make_customer(brand=brand, livemode=False)
    live = make_customer(brand=brand, livemode=True)
    record("customer.created", mine)
    record("customer.created", live)
    record("customer.created", make_customer())
    record("customer.updated", mine)
    # Read before the key exists: making a key is a change of the brand, too.
    drain_unsealed()

    answer = client_with_key("events:read", brand=brand).get("/api/v1/changes").json()

    assert [(change["seq"], change["type"]) for change in answer["data"]] == [
        (1, "customer.created"),
        (4, "customer.updated"),
    ]
    assert (answer["object"], answer["has_more"], answer["next_after"]) == ("list", False, 4)
    first = answer["data"][0]
    assert first["subject"] == {"type": "customer", "id": mine.public_id}
    assert first["actor"] == {"type": "system", "id": "", "label": "Monetize"}
    assert (first["at"], first["data"], first["livemode"]) == ("2026-06-01T12:00:00Z", {"n": 1}, False)


@pytest.mark.django_db
def test_changes_walk_from_page_to_page_sees_each_once() -> None:
    brand = make_brand()
    for number in range(5):
        record(f"customer.n{number}", make_customer(brand=brand))
    drain_unsealed()
    client = client_with_key("events:read", brand=brand)
    seen, after, more = [], 0, True

    while more:
        page = client.get("/api/v1/changes", {"after": after, "limit": 2}).json()
        seen += [change["type"] for change in page["data"]]
        after, more = page["next_after"], page["has_more"]

    assert seen == [f"customer.n{number}" for number in range(5)]
    idle = client.get("/api/v1/changes", {"after": after}).json()
    assert (idle["data"], idle["next_after"]) == ([], after)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "value"), [("after", "-1"), ("after", "x"), ("after", "9" * 19), ("limit", "1001")]
)
def test_changes_with_a_bad_parameter_name_it(name: str, value: str) -> None:
    answer = client_with_key("events:read").get("/api/v1/changes", {name: value})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == name


@pytest.mark.django_db
def test_changes_need_their_scope() -> None:
    assert client_with_key("customers:read").get("/api/v1/changes").status_code == 403


@pytest.mark.django_db
def test_timelines_are_newest_first_by_effective_time() -> None:
    customer = make_customer()
    record("customer.later", customer, datetime(2026, 7, 1, tzinfo=UTC))
    record("customer.earlier", customer)
    record("customer.created", make_customer())

    own = timeline_for(subject_type="customer", subject_id=customer.public_id)
    all_of_theirs = timeline_for_customer(customer_id=customer.pk)

    assert [event.name for event in own] == ["customer.later", "customer.earlier"]
    assert list(all_of_theirs) == list(own)
