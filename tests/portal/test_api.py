from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from apps.audit.models import Event
from apps.core import clock
from apps.core.models import IdempotencyRecord
from apps.customers.models import Customer
from apps.portal.models import CheckoutSession, PortalSession
from apps.portal.selectors import checkout_session_for, portal_session_for
from tests.factories.api_clients import make_api_client
from tests.factories.billing import subscribe_to
from tests.factories.customers import make_brand, make_customer
from tests.factories.plans import flat_price, make_free_plan, make_plan, seat_price

pytestmark = pytest.mark.django_db

CHECKOUTS = "/api/v1/checkout_sessions"
BACK = {"success_url": "https://shop.example/thanks", "cancel_url": "https://shop.example/plans"}


def token_of(url: str) -> str:
    return url.rstrip("/").rpartition("/")[2]


def test_checkout_is_opened_for_a_known_customer(settings: Any) -> None:
    settings.SITE_URL = "https://pay.example"
    customer = make_customer(external_id="acme")
    make_plan(code="team", name="Team", prices=[flat_price(), seat_price()])
    client = make_api_client(brand=customer.brand)

    answer = client.post(CHECKOUTS, {"customer": "acme", "plan": "team", "quantity": 3, **BACK})

    opened = answer.json()
    assert (answer.status_code, opened["status"], opened["quantity"]) == (201, "open", 3)
    assert opened["url"].startswith("https://pay.example/checkout/")
    assert opened["plan"] == {"code": "team", "name": "Team", "version": 1}
    found = checkout_session_for(token_of(opened["url"]))
    assert found is not None
    assert (found.public_id, found.customer) == (opened["id"], customer)
    assert found.expires_at - found.created_at == timedelta(hours=24)


def test_link_is_shown_only_to_who_opens_it_and_stored_nowhere() -> None:
    customer = make_customer()
    make_plan(code="team")
    client = make_api_client(brand=customer.brand)
    body = {"customer": customer.public_id, "plan": "team", **BACK}

    opened = client.post(CHECKOUTS, body, headers={"Idempotency-Key": "c1"}).json()
    again = client.post(CHECKOUTS, body, headers={"Idempotency-Key": "c1"})
    read = client.get(f"{CHECKOUTS}/{opened['id']}").json()

    assert (again.status_code, again["Idempotent-Replayed"]) == (201, "true")
    assert again.json() == opened
    assert read == opened | {"url": None}
    token = token_of(opened["url"])
    stored = [
        *CheckoutSession.objects.values_list("token_sha256", flat=True),
        *(str(row) for row in Event.objects.values_list("data", flat=True)),
        *(str(row) for row in IdempotencyRecord.objects.values()),
    ]
    assert CheckoutSession.objects.count() == 1
    assert [row for row in stored if token in row] == []


def test_checkout_for_described_customer_makes_and_updates_one() -> None:
    make_plan(code="team")
    client = make_api_client()
    profile = {"name": "Ada", "email": "ada@example.com", "currency": "EUR", "external_id": "u1"}

    first = client.post(CHECKOUTS, {"customer_data": profile, "plan": "team", **BACK})
    second = client.post(CHECKOUTS, {"customer_data": profile | {"name": "Ada King"}, "plan": "team", **BACK})

    assert (first.status_code, second.status_code) == (201, 201)
    assert Customer.objects.get().name == "Ada King"
    assert first.json()["customer"] == second.json()["customer"]


def test_refused_checkout_leaves_no_customer() -> None:
    client = make_api_client()
    profile = {"name": "Ada", "email": "ada@example.com", "currency": "EUR"}

    answer = client.post(CHECKOUTS, {"customer_data": profile, "plan": "none", **BACK})

    assert (answer.status_code, answer.json()["code"]) == (404, "plan_not_found")
    assert Customer.objects.count() == CheckoutSession.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"success_url": "javascript:alert(1)"}, "success_url"),
        ({"success_url": "ftp://shop.example/"}, "success_url"),
        ({"cancel_url": "//shop.example/"}, "cancel_url"),
        ({"customer_data": {"name": "Ada"}}, "customer"),
        ({"customer": None}, "customer"),
        ({"quantity": 2}, "quantity"),
        ({"currency": "JPY"}, "currency"),
    ],
)
def test_checkout_with_bad_input_names_the_field(change: dict[str, Any], field: str) -> None:
    customer = make_customer(external_id="acme")
    make_plan(code="team")
    client = make_api_client(brand=customer.brand)

    answer = client.post(CHECKOUTS, {"customer": "acme", "plan": "team", **BACK} | change)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_checkout_for_who_has_a_paid_plan_is_refused_but_not_for_a_free_one() -> None:
    brand = make_brand()
    paying, free = make_customer(brand=brand), make_customer(brand=brand)
    make_plan(code="team")
    subscribe_to(customer=paying)
    subscribe_to(make_free_plan(), customer=free, card=False)
    client = make_api_client(brand=brand)

    refused = client.post(CHECKOUTS, {"customer": paying.public_id, "plan": "team", **BACK})
    opened = client.post(CHECKOUTS, {"customer": free.public_id, "plan": "team", **BACK})

    assert (refused.status_code, refused.json()["code"]) == (409, "already_subscribed")
    assert opened.status_code == 201


def test_checkout_expires_after_a_day() -> None:
    customer = make_customer()
    make_plan(code="team")
    client = make_api_client(brand=customer.brand)
    opened = client.post(CHECKOUTS, {"customer": customer.public_id, "plan": "team", **BACK}).json()

    with time_machine.travel(clock.now() + timedelta(hours=25)):
        read = client.get(f"{CHECKOUTS}/{opened['id']}").json()

    assert (opened["status"], read["status"]) == ("open", "expired")


def test_portal_session_signs_its_bearer_in_for_an_hour() -> None:
    customer = make_customer(name="Ada & Sons")
    client = make_api_client(brand=customer.brand)
    body = {"customer": customer.public_id, "return_url": "https://shop.example/account"}

    opened = client.post("/api/v1/portal_sessions", body, headers={"Idempotency-Key": "p1"}).json()
    again = client.post("/api/v1/portal_sessions", body, headers={"Idempotency-Key": "p1"}).json()

    assert again == opened
    token = token_of(opened["url"])
    assert PortalSession.objects.get().public_id == opened["id"]
    assert portal_session_for(token, at=clock.now()) is not None
    assert portal_session_for(token, at=clock.now() + timedelta(minutes=61)) is None
    browser = Client()
    page = browser.get(f"/session/{token}/", follow=True)
    assert page.status_code == 200
    assert "Ada &amp; Sons" in page.content.decode()


def test_links_end_when_the_secret_key_changes(settings: Any) -> None:
    customer = make_customer()
    client = make_api_client(brand=customer.brand)
    path, body = "/api/v1/portal_sessions", {"customer": customer.public_id}
    client.post(path, body, headers={"Idempotency-Key": "p1"})

    settings.SECRET_KEY = "another-one"
    again = client.post(path, body, headers={"Idempotency-Key": "p1"}).json()

    assert again["url"] is None
