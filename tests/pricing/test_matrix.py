from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.pricing.charge_price import parse_price
from apps.pricing.errors import PricingError
from apps.pricing.price import total_price
from apps.pricing.price_lines import price_lines
from apps.pricing.usage import Usage, usage_of_groups

MATRIX: dict[str, Any] = {
    "dimensions": ["region", "size"],
    "rows": [
        {"match": {"region": "eu", "size": "large"}, "unit_amount": "0.50"},
        {"match": {"region": "eu"}, "unit_amount": "0.20", "label": "Europe"},
        {
            "match": {"region": "us"},
            "model": "graduated",
            "parameters": {
                "tiers": [{"up_to": "10", "unit_amount": "0"}, {"up_to": None, "unit_amount": "1"}]
            },
        },
    ],
    "default": {"unit_amount": "0.30"},
}

Groups = dict[tuple[str | None, ...], Decimal]


def groups(**units: str) -> Usage:
    """Units by `region_size`; `none` is a missing property."""
    found: Groups = {}
    for name, value in units.items():
        region, size = (None if word == "none" else word for word in name.split("_"))
        found[(region, size)] = Decimal(value)
    return usage_of_groups(found)


def lines_of(usage: Usage, parameters: dict[str, Any] = MATRIX) -> list[tuple[str, str, Decimal, int]]:
    price = parse_price(model="matrix", parameters=parameters, currency="EUR")
    return [
        (line.dimension, line.label, line.quantity, line.money.minor) for line in price_lines(price, usage)
    ]


def test_matrix_has_a_line_for_each_row_that_was_used() -> None:
    usage = groups(eu_large="4", eu_small="10", eu_none="5", us_small="8", us_large="4", asia_small="2")

    assert lines_of(usage) == [
        ("region=eu,size=large", "eu, large", Decimal(4), 200),
        ("region=eu", "Europe", Decimal(15), 300),
        ("region=us", "us", Decimal(12), 200),
        ("default", "other", Decimal(2), 60),
    ]


def test_matrix_puts_a_missing_property_into_the_default_row() -> None:
    assert lines_of(groups(none_large="3")) == [("default", "other", Decimal(3), 90)]


def test_matrix_row_may_ask_for_a_missing_property() -> None:
    rows = [{"match": {"region": None}, "unit_amount": "9"}]

    found = lines_of(groups(none_large="2", eu_small="1"), {**MATRIX, "rows": rows})

    assert found == [("region=", "-", Decimal(2), 1800), ("default", "other", Decimal(1), 30)]


def test_matrix_row_of_long_values_keeps_a_short_dimension_of_its_own() -> None:
    rows = [{"match": {"region": letter * 70}, "unit_amount": "1"} for letter in "aé"]
    price = parse_price(model="matrix", parameters={**MATRIX, "rows": rows}, currency="EUR")

    lines = price_lines(price, usage_of_groups({("a" * 70, None): Decimal(1), ("é" * 70, None): Decimal(1)}))

    assert [line.label for line in lines] == ["a" * 70, "é" * 70]
    assert len({line.dimension for line in lines}) == 2
    assert all(len(line.dimension) == 20 for line in lines)


def test_matrix_without_usage_has_no_line() -> None:
    assert lines_of(usage_of_groups({})) == []
    assert lines_of(groups(eu_small="0")) == []


def test_matrix_prices_a_bare_quantity_as_usage_without_properties() -> None:
    assert lines_of(Usage(Decimal(10))) == [("default", "other", Decimal(10), 300)]


def test_matrix_maximum_is_used_up_by_the_lines_in_order() -> None:
    usage = groups(eu_large="4", eu_small="10", asia_small="2")

    assert [line[3] for line in lines_of(usage, {**MATRIX, "maximum_amount": "3"})] == [200, 100, 0]


def test_matrix_minimum_and_base_fee_have_lines_of_their_own() -> None:
    usage = groups(eu_large="4", eu_small="10")
    parameters = {**MATRIX, "minimum_amount": "10", "base_amount": "1", "charge_minimum": "same_line"}

    found = lines_of(usage, parameters)

    assert [(line[0], line[3]) for line in found] == [
        ("base", 100),
        ("region=eu,size=large", 200),
        ("region=eu", 200),
        ("", 500),
    ]


def test_matrix_explains_its_rows() -> None:
    price = parse_price(model="matrix", parameters=MATRIX, currency="EUR")

    assert total_price(price, groups(eu_small="10", asia_small="1")).trace.explain() == [
        "For Europe, 10 units:",
        "10 units at €0.20 each: €2.00",
        "For other, 1 unit:",
        "1 unit at €0.30 each: €0.30",
    ]


@pytest.mark.parametrize(
    ("overrides", "code", "field"),
    [
        ({"dimensions": []}, "invalid_list", "dimensions"),
        ({"default": {"unit_amount": "1", "label": " "}}, "invalid_text", "default.label"),
        ({"dimensions": ["region", "region"]}, "invalid_dimension", "dimensions[1]"),
        ({"default": None}, "invalid_object", "default"),
        ({"default": {}}, "missing", "default.unit_amount"),
        ({"rows": [{"match": {}, "unit_amount": "1"}]}, "missing", "rows[0].match"),
        (
            {"rows": [{"match": {"zone": "eu"}, "unit_amount": "1"}]},
            "unknown_dimension",
            "rows[0].match.zone",
        ),
        ({"rows": [{"match": {"size": 3}, "unit_amount": "1"}]}, "invalid_text", "rows[0].match.size"),
        (
            {
                "rows": [
                    {"match": {"region": "eu"}, "unit_amount": "1"},
                    {"match": {"region": "eu", "size": "large"}, "unit_amount": "2"},
                ]
            },
            "row_unreachable",
            "rows[1].match",
        ),
        (
            {
                "rows": [
                    {"match": {"size": "s"}, "model": "volume", "parameters": {"tiers": [{"up_to": "1"}]}}
                ]
            },
            "last_tier_bounded",
            "rows[0].parameters.tiers[0].up_to",
        ),
        (
            {"rows": [{"match": {"size": "s"}, "model": "matrix", "parameters": {}}]},
            "unfit_model",
            "rows[0].model",
        ),
        (
            {"rows": [{"match": {"size": "s"}, "model": "dynamic", "parameters": {}}]},
            "unfit_model",
            "rows[0].model",
        ),
        ({"usage_discount_units": "5"}, "unfit_parameter", "usage_discount_units"),
    ],
)
def test_matrix_refuses_wrong_parameters(overrides: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(PricingError) as refusal:
        parse_price(model="matrix", parameters=MATRIX | overrides, currency="EUR")

    assert (refusal.value.code, refusal.value.field) == (code, field)


GROUPS = [(region, size) for region in ("eu", "asia", None) for size in ("large", "small", None)]


@given(st.dictionaries(st.sampled_from(GROUPS), st.integers(0, 10**9).map(Decimal), max_size=9))
def test_matrix_lines_hold_every_unit_once(found: Groups) -> None:
    price = parse_price(model="matrix", parameters=MATRIX, currency="EUR")

    lines = price_lines(price, usage_of_groups(found))

    assert sum(Fraction(line.quantity) for line in lines) == sum(map(Fraction, found.values()))
    assert total_price(price, usage_of_groups(found)).exact == sum(line.exact for line in lines)
