"""create_customer, update_customer, upsert_customer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from apps.audit.models import Event
from apps.customers.errors import CustomerInvalid, ExternalIdTaken, TestClockRefused
from apps.customers.models import Customer
from apps.customers.services.create_customer import create_customer
from apps.customers.services.update_customer import update_customer
from apps.customers.services.upsert_customer import upsert_customer
from tests.factories.customers import make_brand, make_customer, make_test_clock

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
ADA: dict[str, Any] = {"name": "Ada", "email": "ada@example.com", "currency": "EUR"}

pytestmark = pytest.mark.django_db


def test_customer_takes_zone_and_locale_of_the_brand() -> None:
    brand = make_brand(default_time_zone="Europe/Vienna", default_locale="de")

    customer = create_customer(brand=brand, livemode=False, at=AT, **ADA, country="at")

    assert (customer.time_zone, customer.locale) == ("Europe/Vienna", "de")
    assert (customer.country, customer.created_at, customer.livemode) == ("AT", AT, False)
    event = Event.objects.get()
    assert (event.name, event.customer_id, event.at) == ("customer.created", customer.pk, AT)
    assert "ada" not in str(event.data).lower()


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("currency", "EUX", "unknown_currency"),
        ("currency", "XXX", "unknown_currency"),
        ("email", "ada", "invalid_email"),
        ("country", "ZZ", "unknown_country"),
        ("country", "EU", "unknown_country"),
        ("time_zone", "Europe/Atlantis", "unknown_time_zone"),
        ("time_zone", "localtime", "unknown_time_zone"),
        ("locale", "xx-nowhere", "unknown_locale"),
        ("name", "  ", "missing"),
        ("name", "x" * 201, "too_long"),
        ("city", "a\0b", "invalid_character"),
        ("net_terms_days", 366, "out_of_range"),
        ("address_lines", ["a"] * 5, "too_long"),
        ("extra_recipients", ["bob@example.com"] * 11, "too_many"),
        ("nickname", "Countess", "unknown_field"),
    ],
)
def test_customer_with_an_impossible_detail_is_refused(field: str, value: Any, code: str) -> None:
    with pytest.raises(CustomerInvalid) as refused:
        create_customer(brand=make_brand(), livemode=False, at=AT, **ADA | {field: value})

    assert [(e.field, e.code) for e in refused.value.errors] == [(field, code)]
    assert not Customer.objects.exists()


def test_customer_without_currency_is_refused() -> None:
    with pytest.raises(CustomerInvalid) as refused:
        create_customer(brand=make_brand(), livemode=False, at=AT, name="Ada", email="a@b.example")

    assert [e.field for e in refused.value.errors] == ["currency"]


def test_external_id_is_taken_once_in_brand_and_mode_and_empty_ones_do_not_meet() -> None:
    brand, other = make_brand(), make_brand()
    create_customer(brand=brand, livemode=False, at=AT, **ADA, external_id="u1")

    with pytest.raises(ExternalIdTaken):
        create_customer(brand=brand, livemode=False, at=AT, **ADA, external_id="u1")
    create_customer(brand=brand, livemode=True, at=AT, **ADA, external_id="u1")
    create_customer(brand=other, livemode=False, at=AT, **ADA, external_id="u1")
    create_customer(brand=brand, livemode=False, at=AT, **ADA, external_id="")
    create_customer(brand=brand, livemode=False, at=AT, **ADA, external_id=" ")

    assert Customer.objects.filter(brand=brand, external_id=None).count() == 2


def test_update_names_changed_fields_and_keeps_personal_values_out_of_the_log() -> None:
    customer = make_customer(currency="EUR", city="London")

    update_customer(
        customer_id=customer.pk,
        changes={"currency": "usd", "city": "Paris", "name": customer.name},
        at=AT,
    )

    customer.refresh_from_db()
    assert (customer.currency, customer.city) == ("USD", "Paris")
    assert Event.objects.get(name="customer.updated").data == {
        "changed": ["city", "currency"],
        "values": {"currency": {"from": "EUR", "to": "USD"}},
    }


def test_update_without_change_records_nothing() -> None:
    customer = make_customer()

    update_customer(customer_id=customer.pk, changes={"name": customer.name}, at=AT)

    assert not Event.objects.exists()


def test_update_to_a_taken_external_id_is_refused() -> None:
    taken = make_customer(external_id="u1")
    customer = make_customer(brand=taken.brand, external_id="u2")

    with pytest.raises(ExternalIdTaken):
        update_customer(customer_id=customer.pk, changes={"external_id": "u1"}, at=AT)

    customer.refresh_from_db()
    assert customer.external_id == "u2"


def test_upsert_creates_then_updates_the_one_with_the_external_id() -> None:
    brand = make_brand()
    call = {"brand": brand, "livemode": False, "at": AT}

    first, created = upsert_customer(**call, **ADA, external_id="u1")
    second, again = upsert_customer(**call, external_id="u1", name="Ada King")

    assert (created, again) == (True, False)
    assert second.pk == first.pk
    assert Customer.objects.get().name == "Ada King"


def test_upsert_of_a_customer_on_a_clock_happens_in_the_clock_s_time() -> None:
    test_clock = make_test_clock(now_at=datetime(2025, 5, 5, tzinfo=UTC))
    make_customer(test_clock=test_clock, external_id="u1")

    upsert_customer(brand=test_clock.brand, livemode=False, at=AT, external_id="u1", name="New")

    assert Event.objects.get(name="customer.updated").at == test_clock.now_at


def test_live_customer_cannot_sit_on_a_test_clock() -> None:
    test_clock = make_test_clock()

    with pytest.raises(TestClockRefused):
        create_customer(brand=test_clock.brand, livemode=True, at=AT, test_clock=test_clock, **ADA)
    with pytest.raises(TestClockRefused):
        create_customer(brand=make_brand(), livemode=False, at=AT, test_clock=test_clock, **ADA)

    assert not Customer.objects.exists()


def test_exemption_needs_its_reason_and_drops_it_when_it_ends() -> None:
    customer = make_customer()

    with pytest.raises(CustomerInvalid) as refused:
        update_customer(customer_id=customer.pk, changes={"tax_exempt": True}, at=AT)
    exempt = update_customer(
        customer_id=customer.pk,
        changes={"tax_exempt": True, "tax_exempt_reason": "Certificate 7"},
        at=AT,
    )
    taxed = update_customer(customer_id=customer.pk, changes={"tax_exempt": False}, at=AT)

    assert [fault.field for fault in refused.value.field_errors()] == ["tax_exempt_reason"]
    assert (exempt.tax_exempt, exempt.tax_exempt_reason) == (True, "Certificate 7")
    assert (taxed.tax_exempt, taxed.tax_exempt_reason) == (False, "")
