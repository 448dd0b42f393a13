from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from apps.plans.models import Meter, Price
from apps.portal.price_texts import cadence_text, included_units, price_text

CALLS = Meter(code="calls", unit_name="call")
TIERS = [
    {"up_to": "100", "unit_amount": "0"},
    {"up_to": "1000", "unit_amount": "0.004"},
    {"up_to": None, "unit_amount": "0.002"},
]


def price(model: str, parameters: dict[str, Any], currency: str = "EUR", source: str = "meter") -> Price:
    meter = CALLS if source == "meter" else None
    return Price(model=model, parameters=parameters, currency=currency, quantity_source=source, meter=meter)


@pytest.mark.parametrize(
    ("given", "text", "included"),
    [
        (price("flat", {"amount": "29.00"}, source="fixed"), "€29.00", None),
        (price("flat", {"amount": "1800"}, "JPY", "fixed"), "¥1,800", None),
        (price("per_unit", {"unit_amount": "12.5"}, source="seats"), "€12.50 per seat", None),
        (price("per_unit", {"unit_amount": "0.0004"}), "€0.0004 per call", None),
        (
            price("graduated", {"tiers": TIERS}),
            "100 included, then €0.004 per call, above 1,000: €0.002 per call",
            Decimal(100),
        ),
        (
            price("graduated", {"tiers": TIERS[1:]}),
            "€0.004 per call, above 1,000: €0.002 per call",
            None,
        ),
        (
            price("volume", {"tiers": TIERS[1:]}),
            "by the total: up to 1,000: €0.004 per call; more: €0.002 per call",
            None,
        ),
        (
            price("graduated", {"tiers": [{"up_to": None, "unit_amount": "1", "flat_amount": "5"}]}),
            "€5.00 + €1.00 per call",
            None,
        ),
        (
            price("package", {"package_size": "1000", "amount": "0.80", "free_units": "50000"}),
            "50,000 included, then €0.80 for each 1,000",
            Decimal(50000),
        ),
        (price("package", {"package_size": "10", "amount": "2"}), "€2.00 for each 10", None),
    ],
)
def test_price_text_says_all_terms(given: Price, text: str, included: Decimal | None) -> None:
    assert price_text(given) == text
    assert included_units(given) == included


def test_cadence_text_counts() -> None:
    assert cadence_text("month", 1) == "month"
    assert cadence_text("month", 3) == "3 months"
    assert cadence_text("half_year", 1) == "half-year"
