from __future__ import annotations

from datetime import date

import pytest

from apps.taxes.enums import CheckStatus
from apps.taxes.models import TaxIdCheck, TaxRegistration
from tests.factories.api_clients import make_api_client
from tests.factories.customers import MADE_AT, make_brand, make_customer
from tests.factories.taxes import make_check, make_registration, ship_rates

pytestmark = pytest.mark.django_db

REGISTRATION = {"country": "DE", "scheme": "vat", "valid_from": "2026-01-01", "number": "DE136695976"}


def test_rates_are_found_by_place_code_and_day() -> None:
    ship_rates()
    client = make_api_client()

    found = client.get("/api/v1/tax_rates?country=ee&tax_code=standard&on=2025-06-30").json()["data"]

    (rate,) = found
    assert (rate["percent"], rate["valid_from"], rate["valid_to"]) == ("22", "2024-01-01", "2025-07-01")
    assert client.get("/api/v1/tax_rates?on=soon").status_code == 422


def test_a_registration_is_made_and_listed_for_its_brand_alone() -> None:
    brand = make_brand()
    make_registration(make_brand(), "FR")
    client = make_api_client(brand=brand)

    made = client.post("/api/v1/tax_registrations", REGISTRATION)
    listed = client.get("/api/v1/tax_registrations").json()["data"]
    again = client.post("/api/v1/tax_registrations", REGISTRATION)

    assert made.status_code == 201
    assert listed == [made.json()]
    assert TaxRegistration.objects.get(public_id=made.json()["id"]).valid_from == date(2026, 1, 1)
    assert (again.status_code, again.json()["code"]) == (422, "tax_registration_invalid")


def test_a_tax_id_tells_where_its_check_stands() -> None:
    customer = make_customer(country="FR", tax_id="FR40303265045")
    client = make_api_client(brand=customer.brand)
    path = f"/api/v1/customers/{customer.public_id}/tax_id"

    before = client.get(path).json()
    make_check(customer, consultation_number="WAPI1")
    after = client.get(path).json()

    assert (before["status"], before["number"], before["answered_at"]) == ("unchecked", "FR40303265045", None)
    assert (after["status"], after["consultation_number"]) == ("valid", "WAPI1")
    assert after["answered_at"] == "2026-01-01T00:00:00Z"


def test_asking_again_keeps_the_last_answer_for_invoices() -> None:
    customer = make_customer(country="FR", tax_id="FR40303265045")
    make_check(customer)
    client = make_api_client(brand=customer.brand)
    path = f"/api/v1/customers/{customer.public_id}/tax_id"

    asked = client.post(path)

    assert (asked.status_code, asked.json()["status"]) == (202, "pending")
    assert client.get(path).json()["status"] == "valid"
    assert TaxIdCheck.objects.filter(status=CheckStatus.PENDING).count() == 1


def test_there_is_nothing_to_check_without_an_id() -> None:
    customer = make_customer(created_at=MADE_AT)
    client = make_api_client(brand=customer.brand)

    refused = client.post(f"/api/v1/customers/{customer.public_id}/tax_id")

    assert (refused.status_code, refused.json()["code"]) == (409, "tax_id_uncheckable")
