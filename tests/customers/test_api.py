from __future__ import annotations

import pytest

from apps.customers.models import Customer
from tests.factories.api_clients import make_api_client
from tests.factories.customers import make_brand, make_customer, make_test_clock

ADA = {"name": "Ada", "email": "ada@example.com", "currency": "EUR", "country": "GB"}

pytestmark = pytest.mark.django_db


def test_customer_is_created_shown_and_changed() -> None:
    client = make_api_client()

    created = client.post("/api/v1/customers", ADA | {"metadata": {"crm": "42"}})
    customer_id = created.json()["id"]
    changed = client.patch(f"/api/v1/customers/{customer_id}", {"po_number": "PO-7"})
    shown = client.get(f"/api/v1/customers/{customer_id}")

    assert (created.status_code, changed.status_code, shown.status_code) == (201, 200, 200)
    assert shown.json() == changed.json()
    assert shown.json() | {"created_at": None} == created.json() | {
        "po_number": "PO-7",
        "created_at": None,
    }
    assert shown.json()["metadata"] == {"crm": "42"}
    assert shown.json()["object"] == "customer"


def test_same_external_id_updates_and_answers_200() -> None:
    client = make_api_client()

    first = client.post("/api/v1/customers", ADA | {"external_id": "u1"})
    second = client.post("/api/v1/customers", {"external_id": "u1", "name": "Ada King"})
    found = client.get("/api/v1/customers/external/u1")

    assert (first.status_code, second.status_code, found.status_code) == (201, 200, 200)
    assert found.json()["id"] == first.json()["id"]
    assert found.json()["name"] == "Ada King"
    assert Customer.objects.count() == 1


def test_refusals_name_every_field() -> None:
    body = ADA | {"currency": "EUX", "time_zone": "Mars/Base"}

    answer = make_api_client().post("/api/v1/customers", body)

    assert (answer.status_code, answer.json()["code"]) == (422, "customer_invalid")
    assert [e["field"] for e in answer.json()["errors"]] == ["currency", "time_zone"]
    assert not Customer.objects.exists()


def test_customer_of_another_brand_or_mode_is_not_there() -> None:
    brand = make_brand()
    stranger = make_customer(external_id="u1")
    live = make_customer(brand=brand, livemode=True, external_id="u2")
    client = make_api_client(brand=brand)

    for customer in (stranger, live):
        path = f"/api/v1/customers/{customer.public_id}"
        assert client.get(path).status_code == 404
        assert client.patch(path, {"name": "Mine"}).status_code == 404
        external = client.get(f"/api/v1/customers/external/{customer.external_id}")
        assert external.status_code == 404
        customer.refresh_from_db()
        assert customer.name == "Ada Lovelace"
    assert client.get("/api/v1/customers").json()["data"] == []


def test_customers_are_filtered_and_paged() -> None:
    brand = make_brand()
    for number in range(3):
        make_customer(brand=brand, name=f"Customer {number}", email=f"c{number}@example.com")
    client = make_api_client(brand=brand)

    first = client.get("/api/v1/customers?limit=2").json()
    rest = client.get(f"/api/v1/customers?limit=2&cursor={first['next_cursor']}").json()
    found = client.get("/api/v1/customers?query=customer 1").json()
    exact = client.get("/api/v1/customers?email=C2@example.com").json()

    assert [c["name"] for c in first["data"] + rest["data"]] == [
        "Customer 2",
        "Customer 1",
        "Customer 0",
    ]
    assert (first["has_more"], rest["has_more"], rest["next_cursor"]) == (True, False, None)
    assert [c["name"] for c in found["data"]] == ["Customer 1"]
    assert [c["name"] for c in exact["data"]] == ["Customer 2"]


def test_customer_is_created_on_a_test_clock_in_its_time() -> None:
    client = make_api_client()

    made = client.post("/api/v1/test_clocks", {"now_at": "2025-01-31T00:00:00+01:00"}).json()
    customer = client.post("/api/v1/customers", ADA | {"test_clock": made["id"]}).json()

    assert made["now_at"] == "2025-01-30T23:00:00Z"
    assert made["status"] == "ready"
    assert customer["test_clock"] == made["id"]
    assert customer["created_at"] == "2025-01-30T23:00:00Z"
    listed = client.get(f"/api/v1/customers?test_clock={made['id']}").json()["data"]
    assert [c["id"] for c in listed] == [customer["id"]]


def test_test_clock_of_another_brand_is_not_there() -> None:
    stranger = make_test_clock()
    client = make_api_client()

    answer = client.post("/api/v1/customers", ADA | {"test_clock": stranger.public_id})

    assert answer.status_code == 404
    assert client.get(f"/api/v1/test_clocks/{stranger.public_id}").status_code == 404
    assert not Customer.objects.exists()


def test_live_key_makes_no_test_clock() -> None:
    client = make_api_client(livemode=True)

    answer = client.post("/api/v1/test_clocks", {"now_at": "2025-01-31T00:00:00Z"})

    assert (answer.status_code, answer.json()["code"]) == (409, "test_clock_refused")


def test_reading_key_cannot_write_customers() -> None:
    client = make_api_client(scopes=["customers:read"])

    assert client.get("/api/v1/customers").status_code == 200
    assert client.post("/api/v1/customers", ADA).status_code == 403
