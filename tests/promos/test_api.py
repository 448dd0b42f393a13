from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.customers.models import Customer
from apps.promos.models import Coupon, Redemption
from tests.factories.api_clients import make_api_client
from tests.factories.billing import STARTED_AT, subscribe_to
from tests.factories.customers import make_brand, make_customer, make_test_clock
from tests.factories.plans import make_meter, make_plan
from tests.factories.promos import make_percent_coupon, make_promotion_code

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer() -> Customer:
    return make_customer(test_clock=make_test_clock(now_at=STARTED_AT))


@pytest.fixture
def client(customer: Customer) -> APIClient:
    return make_api_client(brand=customer.brand)


def post(client: APIClient, path: str, body: dict[str, Any] | None = None, status: int = 201) -> Any:
    answer = client.post(f"/api/v1/{path}", body or {})
    assert answer.status_code == status, answer.content
    return answer.json()


def test_a_coupon_is_made_shown_changed_and_archived(client: APIClient):
    plan, meter = make_plan(), make_meter()
    asked = {
        "code": "spring",
        "name": "Spring",
        "type": "fixed",
        "amounts": [{"currency": "eur", "amount_minor": 1500, "minimum_minor": 5000}],
        "duration": "repeating",
        "duration_invoices": 3,
        "plans": [plan.code],
        "products": [plan.product.public_id],
        "meters": [meter.code],
        "max_redemptions": 10,
        "max_per_customer": None,
        "ends_at": "2026-12-01T00:00:00+01:00",
    }

    made = post(client, "coupons", asked)

    assert made["amounts"] == [{"currency": "EUR", "amount_minor": 1500, "minimum_minor": 5000}]
    assert (made["percent"], made["duration_invoices"], made["combinable"]) == (None, 3, True)
    assert (made["plans"], made["products"]) == ([plan.code], [plan.product.code])
    assert (made["meters"], made["ends_at"]) == ([meter.code], "2026-11-30T23:00:00Z")
    assert (made["max_redemptions"], made["max_per_customer"], made["redeemed_count"]) == (10, None, 0)
    assert client.get("/api/v1/coupons/SPRING").json() == made
    changed = client.patch(f"/api/v1/coupons/{made['id']}", {"max_redemptions": 20, "archived": True}).json()
    assert (changed["max_redemptions"], changed["archived_at"] is None) == (20, False)
    assert client.get("/api/v1/coupons?archived=false").json()["data"] == []
    assert [row["id"] for row in client.get("/api/v1/coupons?archived=true").json()["data"]] == [made["id"]]


def test_a_coupon_that_cannot_be_names_its_fields(client: APIClient):
    asked = {"code": "x", "name": "X", "type": "percent", "percent": "101", "duration": "repeating"}

    refused = post(client, "coupons", asked, status=422)

    assert refused["code"] == "coupon_invalid"
    assert [error["field"] for error in refused["errors"]] == ["percent", "duration_invoices"]
    assert post(client, "coupons", asked | {"percents": "5"}, status=422)["errors"][0]["field"] == "percents"
    unknown = {"code": "x", "name": "X", "type": "percent", "percent": "5", "plans": ["nope"]}
    assert post(client, "coupons", unknown, status=404)["code"] == "plan_not_found"
    assert not Coupon.objects.exists()


def test_a_code_is_made_redeemed_and_its_redemption_ended(client: APIClient, customer: Customer):
    coupon = make_percent_coupon("25", brand=customer.brand)
    subscription = subscribe_to(customer=customer).subscription

    code = post(client, "promotion_codes", {"coupon": coupon.code, "code": "Go", "max_redemptions": 1})
    made = post(
        client,
        f"customers/{customer.public_id}/redemptions",
        {"code": "GO", "subscription": subscription.public_id},
    )

    assert (code["coupon"], code["customer"], code["max_redemptions"]) == (coupon.public_id, None, 1)
    assert (made["promotion_code"], made["subscription"]) == ("Go", subscription.public_id)
    assert (made["uses_left"], made["redeemed_at"], made["ended_at"]) == (1, "2026-01-31T09:30:00Z", None)
    assert client.get("/api/v1/promotion_codes/go").json()["redeemed_count"] == 1
    ended = post(client, f"redemptions/{made['id']}/end", status=200)
    assert (ended["end_reason"], ended["ended_at"]) == ("ended", made["redeemed_at"])
    (listed,) = client.get(f"/api/v1/customers/{customer.public_id}/redemptions").json()["data"]
    assert listed == ended == client.get(f"/api/v1/redemptions/{made['id']}").json()


def test_the_same_key_redeems_once(client: APIClient, customer: Customer):
    code = make_promotion_code(make_percent_coupon(brand=customer.brand, max_per_customer=None))
    path, body = f"/api/v1/customers/{customer.public_id}/redemptions", {"code": code.code}

    first = client.post(path, body, headers={"Idempotency-Key": "k1"})
    again = client.post(path, body, headers={"Idempotency-Key": "k1"})

    assert (first.status_code, again.status_code, again["Idempotent-Replayed"]) == (201, 201, "true")
    assert first.json() == again.json()
    assert Redemption.objects.count() == 1
    other = client.post(path, body, headers={"Idempotency-Key": "k2"})
    assert (other.status_code, other.json()["code"]) == (409, "coupon_redeemed_before")


def test_offers_are_compared_without_redeeming(client: APIClient, customer: Customer):
    plan = make_plan()
    make_promotion_code(make_percent_coupon("50", brand=customer.brand, plans=[plan]), "HALF")
    make_promotion_code(make_percent_coupon("20", brand=customer.brand), "FIFTH")
    asked = {
        "codes": ["HALF", "FIFTH", "NONE"],
        "currency": "eur",
        "lines": [{"amount_minor": 1000, "plan": plan.code}, {"amount_minor": 9000}],
    }

    said = post(client, f"customers/{customer.public_id}/offers", asked, status=200)

    assert (said["best"], said["currency"]) == ("FIFTH", "EUR")
    assert [(row["code"], row["takes_minor"], row["refusal"]) for row in said["offers"]] == [
        ("FIFTH", 2000, ""),
        ("HALF", 500, ""),
        ("NONE", 0, "promotion_code_not_found"),
    ]
    assert not Redemption.objects.exists()
    unknown = asked | {"currency": "XXX"}
    assert post(client, f"customers/{customer.public_id}/offers", unknown, status=422)


def test_another_brand_finds_nothing(customer: Customer):
    coupon = make_percent_coupon(brand=customer.brand)
    code = make_promotion_code(coupon)
    stranger = make_api_client(brand=make_brand())

    for path in (f"coupons/{coupon.code}", f"promotion_codes/{code.public_id}"):
        assert stranger.get(f"/api/v1/{path}").status_code == 404
    assert stranger.get("/api/v1/coupons").json()["data"] == []
    assert stranger.post("/api/v1/promotion_codes", {"coupon": coupon.code, "code": "X"}).status_code == 404
