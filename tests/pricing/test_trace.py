from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest

from apps.pricing.errors import PricingError
from apps.pricing.price import price_quantity
from apps.pricing.sentences import ENGLISH, sentence
from apps.pricing.trace import Trace, step

TIERS: dict[str, Any] = {
    "tiers": [
        {"up_to": "100", "unit_amount": "0.50"},
        {"up_to": None, "unit_amount": "0.4005", "flat_amount": "2"},
    ]
}


def explained(model: str, parameters: dict[str, Any], quantity: str, currency: str = "EUR") -> list[str]:
    priced = price_quantity(model=model, parameters=parameters, quantity=quantity, currency=currency)
    return priced.trace.explain()


def test_trace_of_graduated_price_explains_each_tier() -> None:
    assert explained("graduated", TIERS, "101") == [
        "First 100 units at €0.50 each: €50.00",
        "Next 1 unit at €0.4005 each: €0.4005",
        "Flat fee of tier 2: €2.00",
        "Total €52.4005, rounded to €52.40",
    ]


@pytest.mark.parametrize(
    ("model", "parameters", "quantity", "currency", "sentences"),
    [
        ("flat", {"amount": "1200"}, "1", "JPY", ["Flat price: ¥1,200", "Total: ¥1,200"]),
        (
            "per_unit",
            {"unit_amount": "0.0005"},
            "3",
            "KWD",
            ["3 units at KWD 0.0005 each: KWD 0.0015", "Total KWD 0.0015, rounded to KWD 0.002"],
        ),
        (
            "per_unit",
            {"unit_amount": "2"},
            "-3",
            "USD",
            ["Usage below zero (-3) counts as zero", "0 units at $2.00 each: $0.00", "Total: $0.00"],
        ),
        (
            "volume",
            TIERS,
            "2000",
            "GBP",
            [
                "All 2,000 units at the price of tier 2, £0.4005 each: £801.00",
                "Flat fee of tier 2: £2.00",
                "Total: £803.00",
            ],
        ),
        (
            "package",
            {"package_size": "10", "amount": "7", "free_units": "5"},
            "16",
            "INR",
            ["5 units free of charge", "2 packages of 10 units at ₹7.00 each: ₹14.00", "Total: ₹14.00"],
        ),
        (
            "graduated",
            {"tiers": [{"up_to": "10", "unit_amount": "5"}], "beyond_last_tier": "not_billed"},
            "15",
            "EUR",
            [
                "First 10 units at €5.00 each: €50.00",
                "5 units beyond the last tier: not billed",
                "Total: €50.00",
            ],
        ),
        (
            "graduated",
            {"tiers": [{"up_to": None, "unit_amount": "1", "flat_amount": "9"}]},
            "0",
            "EUR",
            ["No usage: €0.00", "Flat fee of tier 1: €9.00", "Total: €9.00"],
        ),
    ],
)
def test_trace_explains_every_model_in_plain_sentences(
    model: str, parameters: dict[str, Any], quantity: str, currency: str, sentences: list[str]
) -> None:
    assert explained(model, parameters, quantity, currency) == sentences


def test_trace_as_json_holds_only_strings_and_reads_back_equal() -> None:
    trace = price_quantity(model="graduated", parameters=TIERS, quantity="101", currency="EUR").trace

    stored = json.loads(json.dumps(trace.to_json()), parse_float=pytest.fail, parse_int=pytest.fail)

    assert Trace.from_json(stored) == trace
    assert stored["steps"][0] == {
        "kind": "tier_first",
        "inputs": {"units": "100", "unit_amount": "0.5", "amount": "50"},
    }


def test_trace_from_something_else_is_refused() -> None:
    with pytest.raises(PricingError) as refusal:
        Trace.from_json({"steps": []})

    assert refusal.value.code == "invalid_trace"


def test_trace_is_not_changed_by_a_further_step() -> None:
    trace = Trace("EUR")

    longer = trace.then(step("flat", amount=Decimal("1E+2")))

    assert trace.steps == ()
    assert longer.explain() == ["Flat price: €100.00"]


def test_sentence_of_an_unknown_kind_shows_its_inputs() -> None:
    assert sentence("royalty", {"rate": "5"}, "EUR") == "royalty: rate 5"


def test_sentence_in_another_language_falls_back_to_english() -> None:
    assert sentence("flat", {"amount": "-0.5"}, "EUR", "de") == "Flat price: -€0.50"


@pytest.mark.parametrize("kind", sorted(ENGLISH))
def test_sentence_of_every_kind_can_be_written(kind: str) -> None:
    inputs = dict.fromkeys(re.findall(r"\{(\w+)", ENGLISH[kind]), "2")

    assert "?" not in sentence(kind, inputs, "EUR")
