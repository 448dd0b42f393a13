"""Stripe Tax, on the sandbox, which checks each request against the SDK's types."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from apps.taxes.engines.protocol import TaxRequest, TaxRequestLine
from apps.taxes.engines.registry import engine_named
from apps.taxes.errors import TaxUnanswered
from apps.taxes.treatment import AppliedRate, Treatment
from tests.factories.customers import MADE_AT, make_brand, make_customer
from tests.fixtures.gateway import GatewaySandbox

pytestmark = pytest.mark.django_db


def request_for(*codes: str, **customer: Any) -> TaxRequest:
    brand = make_brand(tax_engine="stripe")
    lines = [TaxRequestLine(f"il_{n}", 10000, code) for n, code in enumerate(codes or ("standard",))]
    return TaxRequest(brand, make_customer(brand=brand, **customer), "EUR", lines, MADE_AT)


def answered(*codes: str, **customer: Any) -> list[Treatment]:
    return list(engine_named("stripe").calculate(request_for(*codes, **customer)).treatments)


def test_stripe_tells_the_rate_of_each_line(gateway: GatewaySandbox) -> None:
    answer = engine_named("stripe").calculate(request_for("standard", "exempt", country="FR"))

    vat = AppliedRate("VAT", "FR", Decimal(20), "vat")
    assert answer.treatments == (Treatment("S", (vat,)), Treatment("E", (), "exempt_supply"))
    assert answer.reference.startswith("taxcalc_")


def test_stripe_is_told_of_tax_ids_and_exemptions(gateway: GatewaySandbox) -> None:
    business = answered(country="FR", tax_id="FR40303265045")
    exempt = answered(country="DE", tax_exempt=True, tax_exempt_reason="Art. 151")

    assert business == [Treatment("AE", (), "reverse_charge")]
    assert exempt == [Treatment("E", (), "customer_exempt")]


def test_a_taxed_share_is_a_lower_rate_of_the_whole(gateway: GatewaySandbox) -> None:
    answer = answered("saas", country="US", region="TX", postal_code="78701")

    assert answer == [Treatment("S", (AppliedRate("Sales tax", "US-TX", Decimal(5), "sales_tax"),))]


def test_where_the_account_is_not_registered_nothing_is_collected(gateway: GatewaySandbox) -> None:
    assert answered(country="JP") == [Treatment("O", (), "not_registered")]


@pytest.mark.parametrize(
    ("customer", "reason"),
    [
        ({"country": ""}, "has no country"),
        ({"country": "US"}, "could not determine the customer's tax location"),
        ({"country": "XK"}, "knows no taxes where the customer is"),
    ],
)
def test_what_stripe_cannot_tell_is_no_zero(
    gateway: GatewaySandbox, customer: dict[str, Any], reason: str
) -> None:
    with pytest.raises(TaxUnanswered, match=reason):
        answered(**customer)


def test_a_silent_stripe_is_no_zero(gateway: GatewaySandbox) -> None:
    gateway.control.fault("error_500", match={"path": "/v1/tax/calculations"})

    with pytest.raises(TaxUnanswered, match="did not answer"):
        answered(country="FR")
