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
RATES = [{"up_to": "1000", "rate_percent": "1"}, {"up_to": None, "rate_percent": "0.5", "flat_amount": "5"}]
BLOCKS = [
    {"block_size": "100", "max_blocks": "10", "block_amount": "2"},
    {"block_size": "1000", "max_blocks": None, "block_amount": "5"},
]
CAPACITY = [
    {"limits": {"disk": "100", "cpu": "4"}, "amount": "10"},
    {"limits": {"cpu": None, "disk": None}, "amount": "40"},
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
        (price("percentage", {"rate_percent": "1.4"}), "1.4%", None),
        (
            price(
                "percentage",
                {
                    "rate_percent": "1.4",
                    "fixed_fee_per_event": "0.25",
                    "free_events": "10",
                    "free_amount": "500",
                    "per_event_min": "0.3",
                    "per_event_max": "12",
                },
            ),
            "1.4% + €0.25 per event, the first 10 events or €500.00 free, at least €0.30 per event,"
            " at most €12.00 per event",
            None,
        ),
        (
            price("graduated_percentage", {"tiers": RATES}),
            "1%, above 1,000: €5.00 + 0.5%",
            None,
        ),
        (
            price("graduated_blocks", {"tiers": BLOCKS}),
            "€2.00 for each 100, above 1,000: €5.00 for each 1,000",
            None,
        ),
        (
            price("volume_blocks", {"tiers": BLOCKS}),
            "by the total: up to 1,000: €2.00 for each 100; more: €5.00 for each 1,000",
            None,
        ),
        (
            price("stairstep", {"tiers": [{"up_to": "10", "amount": "5"}, {"up_to": None, "amount": "9"}]}),
            "up to 10: €5.00; more: €9.00",
            None,
        ),
        (
            price("stairstep", {"dimension": "unit", "tiers": CAPACITY}),
            "up to 4 cpu, 100 disk: €10.00; more: €40.00",
            None,
        ),
        (price("dynamic", {}), "the price of each event", None),
        (price("dynamic", {"multiplier": "1.2"}), "the price of each event times 1.2", None),
        (
            price(
                "matrix",
                {
                    "dimensions": ["region", "size"],
                    "rows": [
                        {"match": {"region": "eu", "size": "l"}, "unit_amount": "0.2"},
                        {"match": {"region": "us"}, "model": "volume", "parameters": {"tiers": TIERS[1:]}},
                    ],
                    "default": {"unit_amount": "0.3", "label": "elsewhere"},
                },
            ),
            "eu, l: €0.20 per call; us: by the total: up to 1,000: €0.004 per call; more: €0.002 per call;"
            " elsewhere: €0.30 per call",
            None,
        ),
        (
            price("per_unit", {"unit_amount": "2", "usage_discount_units": "5", "minimum_amount": "10"}),
            "5 included, then €2.00 per call, at least €10.00",
            Decimal(5),
        ),
        (
            price(
                "per_unit",
                {
                    "unit_amount": "2",
                    "base_amount": "100",
                    "pricing_unit": {"code": "credits", "rate": "0.01"},
                    "percentage_discount": "10",
                    "maximum_amount": "50",
                },
            ),
            "100 credits + 2 credits per call (1 credits = €0.01), less 10%, at most €50.00",
            None,
        ),
        (
            price(
                "package",
                {
                    "package_size": "1",
                    "amount": "3",
                    "free_units": "2",
                    "unit_conversion": {"operation": "divide", "factor": "1024", "rounding": "up"},
                },
            ),
            "2 included, then €3.00 for each 1 (counted per 1,024)",
            None,
        ),
    ],
)
def test_price_text_says_all_terms(given: Price, text: str, included: Decimal | None) -> None:
    assert price_text(given) == text
    assert included_units(given) == included


def test_cadence_text_counts() -> None:
    assert cadence_text("month", 1) == "month"
    assert cadence_text("month", 3) == "3 months"
    assert cadence_text("half_year", 1) == "half-year"
