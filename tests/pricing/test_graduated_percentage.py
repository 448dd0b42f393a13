from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from apps.pricing.charge_price import parse_price
from apps.pricing.errors import PricingError
from apps.pricing.price import price_quantity, total_price
from apps.pricing.usage import usage_of_amounts

TIERS: dict[str, Any] = {
    "tiers": [
        {"up_to": "1000", "rate_percent": "1", "flat_amount": "2"},
        {"up_to": None, "rate_percent": "0.25", "flat_amount": "3"},
    ]
}


@pytest.mark.parametrize(
    ("amount", "price"),
    [("0", "2"), ("0.01", "2.0001"), ("1000", "12"), ("1000.5", "15.00125"), ("3000", "20"), ("-1", "2")],
)
def test_graduated_percentage_around_the_bounds(amount: str, price: str) -> None:
    priced = price_quantity(model="graduated_percentage", parameters=TIERS, quantity=amount, currency="EUR")

    assert priced.exact == Decimal(price)


def test_graduated_percentage_is_explained() -> None:
    priced = price_quantity(model="graduated_percentage", parameters=TIERS, quantity="3000", currency="EUR")

    assert priced.trace.explain() == [
        "1% of the first €1,000.00: €10.00",
        "Flat fee of tier 1: €2.00",
        "0.25% of the next €2,000.00: €5.00",
        "Flat fee of tier 2: €3.00",
        "Total: €20.00",
    ]


def test_graduated_percentage_refuses_a_unit_amount() -> None:
    tiers = [{"up_to": None, "unit_amount": "1"}]

    with pytest.raises(PricingError) as refusal:
        parse_price(model="graduated_percentage", parameters={"tiers": tiers}, currency="EUR")

    assert (refusal.value.code, refusal.value.field) == ("unknown_parameter", "tiers[0].unit_amount")


@pytest.mark.parametrize(
    ("amounts", "sentences"),
    [
        (["40"], ["The first 1 event, worth €40.00, free of charge", "2% of €0.00: €0.00"]),
        (["150"], ["The first €100.00 free of charge", "2% of €50.00: €1.00"]),
    ],
)
def test_free_amount_of_a_percentage_is_explained(amounts: list[str], sentences: list[str]) -> None:
    parameters = {"rate_percent": "2", "free_amount": "100"}
    price = parse_price(model="percentage", parameters=parameters, currency="EUR")

    usage = usage_of_amounts([Decimal(amount) for amount in amounts])

    assert total_price(price, usage).trace.explain() == sentences


def test_refunds_above_all_payments_are_explained() -> None:
    price = parse_price(model="percentage", parameters={"rate_percent": "2"}, currency="EUR")

    priced = total_price(price, usage_of_amounts([Decimal(10), Decimal(-60)]))

    assert priced.exact == 0
    assert priced.trace.explain() == [
        "2% of -€50.00: -€1.00",
        "More was given back than was used: €0.00",
    ]
