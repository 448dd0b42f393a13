"""What the golden table does not say: order, queries, exemptions, and what cannot be known."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Brand
from apps.taxes.engines.protocol import TaxRequest, TaxRequestLine
from apps.taxes.engines.registry import engine_named
from apps.taxes.enums import ConsumersAbroad, RateKind, RateLevel, Scheme
from apps.taxes.errors import TaxUnanswered
from apps.taxes.notes import NOTES
from apps.taxes.services.decide import treatments_for
from apps.taxes.services.set_rate import RateKey, set_rate
from apps.taxes.treatment import AppliedRate, Treatment
from tests.factories.customers import MADE_AT, make_brand, make_customer
from tests.factories.taxes import make_check, make_registration, ship_rates

pytestmark = pytest.mark.django_db


def german_brand(**overrides: Any) -> Brand:
    ship_rates()
    brand = make_brand()
    make_registration(brand, "DE", **overrides)
    return brand


def decided(brand: Brand, *codes: str, at: datetime = MADE_AT, **customer: Any) -> list[Treatment]:
    return treatments_for(
        brand=brand, customer=make_customer(brand=brand, **customer), tax_codes=codes or ["standard"], at=at
    )


def test_treatments_are_in_the_order_of_the_codes() -> None:
    found = decided(german_brand(), "exempt", "standard", "reduced", "standard")

    assert [t.category for t in found] == ["E", "S", "S", "S"]
    assert [str(t.rates[0].percent) for t in found[1:]] == ["19", "7", "19"]


def test_an_own_code_is_standard_until_a_rate_of_it_is_known() -> None:
    brand = german_brand()
    before = decided(brand, "course")
    set_rate(
        key=RateKey(country="DE", tax_code="course"),
        percent=Decimal("5.50"),
        valid_from=date(2020, 1, 1),
        at=MADE_AT,
    )

    after = decided(brand, "course")

    assert [str(before[0].rates[0].percent), str(after[0].rates[0].percent)] == ["19", "5.5"]


def test_a_brand_without_registration_costs_one_query() -> None:
    brand = make_brand()
    customer = make_customer(brand=brand, country="", tax_id="FR40303265045")

    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = treatments_for(brand=brand, customer=customer, tax_codes=["standard", "x"], at=MADE_AT)

    assert found == [Treatment("O"), Treatment("O")]
    assert len(queries) == 1


def test_any_other_answer_costs_three_queries_at_most() -> None:
    brand = german_brand()
    customer = make_customer(brand=brand, tax_id="DE136695976")
    make_check(customer)

    with CaptureQueriesContext(connection) as queries:
        treatments_for(brand=brand, customer=customer, tax_codes=["standard", "reduced"], at=MADE_AT)

    assert len(queries) == 3


def test_a_registration_counts_from_its_first_day_to_the_day_before_its_end() -> None:
    brand = german_brand(valid_from=date(2026, 2, 1), valid_to=date(2026, 3, 1))
    days = [datetime(2026, *day, 12, tzinfo=UTC) for day in ((1, 31), (2, 1), (2, 28), (3, 1))]

    categories = [decided(brand, at=day)[0].category for day in days]

    assert categories == ["O", "S", "S", "O"]


def test_the_day_is_that_of_the_brands_time_zone() -> None:
    ship_rates()
    brand = make_brand(default_time_zone="Europe/Berlin")
    make_registration(brand, "DE")

    late = decided(brand, at=datetime(2020, 12, 31, 23, 30, tzinfo=UTC))

    # Half past midnight of 2021 in Berlin.
    assert late[0].rates == (AppliedRate("VAT", "DE", Decimal(19), "vat"),)


@pytest.mark.parametrize(
    ("registered", "customer", "code", "reason"),
    [
        ({}, {"country": ""}, "standard", "Ada Lovelace has no country: complete the address"),
        ({}, {"country": "FR"}, "standard", "no One Stop Shop: register oss_union"),
        ({}, {"country": "DE"}, "super_reduced", "no 'super_reduced' tax rate of DE on 2026-01-01: add it"),
        ({"country": "US", "region": "CA"}, {"country": "US"}, "standard", "no known state or region"),
        ({"country": "IN", "region": "KA"}, {"country": "IN"}, "standard", "no known state or region"),
        (
            {"country": "IN", "region": "KA"},
            {"country": "IN", "region": "Narnia"},
            "standard",
            "no known state",
        ),
        ({"country": "NO"}, {"country": "NO"}, "standard", "no 'standard' tax rate of NO"),
    ],
)
def test_what_cannot_be_known_is_refused_with_a_way_out(
    registered: dict[str, Any], customer: dict[str, Any], code: str, reason: str
) -> None:
    country = registered.get("country", "DE")
    schemes = {"US": Scheme.SALES_TAX, "IN": Scheme.GST}
    ship_rates()
    brand = make_brand(country=country)
    make_registration(brand, country, schemes.get(country, Scheme.VAT), region=registered.get("region", ""))

    with pytest.raises(TaxUnanswered, match=reason):
        decided(brand, code, **customer)


def test_an_exempt_customer_needs_no_country_and_stays_outside_where_it_is() -> None:
    brand = german_brand(consumers_abroad=ConsumersAbroad.OWN_RATE)
    exempt = {"tax_exempt": True, "tax_exempt_reason": "certificate"}

    nowhere = decided(brand, country="", **exempt)
    at_home = decided(brand, country="DE", **exempt)
    abroad = decided(brand, country="US", **exempt)

    assert nowhere == [Treatment("E", (), "customer_exempt")]
    assert at_home == [Treatment("E", (), "customer_exempt", "DE-1")]
    assert abroad == [Treatment("O", (), "outside_scope", "DE-1")]


def test_an_id_of_the_sellers_own_state_is_no_business_elsewhere() -> None:
    brand = german_brand(consumers_abroad=ConsumersAbroad.OWN_RATE)
    customer = make_customer(brand=brand, country="FR", tax_id="DE136695976")
    make_check(customer)

    (found,) = treatments_for(brand=brand, customer=customer, tax_codes=["standard"], at=MADE_AT)

    assert (found.category, found.rates[0].jurisdiction) == ("S", "DE")


def test_only_districts_add_up_within_a_level() -> None:
    brand = make_brand(country="US")
    make_registration(brand, "US", Scheme.SALES_TAX, region="CO")
    for level, percent, more in (
        (RateLevel.STATE, "2.9", {}),
        (RateLevel.CITY, "4.81", {"city": "Denver"}),
        (RateLevel.CITY, "4", {"postal_prefix": "80"}),
        (RateLevel.DISTRICT, "1", {"postal_prefix": "80", "name": "RTD"}),
        (RateLevel.DISTRICT, "0.1", {"postal_prefix": "80", "name": "Culture"}),
    ):
        key = RateKey(country="US", region="CO", level=level, **{"name": level.label, **more})
        set_rate(
            key=key,
            percent=Decimal(percent),
            valid_from=date(2025, 1, 1),
            at=MADE_AT,
            kind=RateKind.SALES_TAX,
        )

    (found,) = decided(brand, country="US", region="CO", city="denver", postal_code="80014")

    assert [(rate.name, str(rate.percent)) for rate in found.rates] == [
        ("State", "2.9"),
        ("City", "4"),
        ("RTD", "1"),
        ("Culture", "0.1"),
    ]


def test_every_note_has_its_words() -> None:
    brand = german_brand()

    notes = {decided(brand, "exempt")[0].note, decided(brand, country="US")[0].note}

    assert notes <= set(NOTES)


def test_the_table_engine_answers_for_each_line() -> None:
    brand = german_brand()
    lines = [TaxRequestLine("a", 100, "reduced"), TaxRequestLine("b", 100, "standard", tax_included=True)]
    request = TaxRequest(brand, make_customer(brand=brand), "EUR", lines, MADE_AT)

    answer = engine_named(brand.tax_engine).calculate(request)

    assert [str(t.rates[0].percent) for t in answer.treatments] == ["7", "19"]
    assert answer.reference == ""
