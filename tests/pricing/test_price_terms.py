from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.pricing.charge_price import parse_price
from apps.pricing.errors import PricingError
from apps.pricing.price import further_price, price_quantity, total_price
from apps.pricing.price_lines import PriceLine, price_lines
from apps.pricing.usage import Usage

QUANTITIES = st.decimals(min_value=0, max_value=10**6, places=3, allow_nan=False)


def per_unit(quantity: str, **terms: Any) -> Decimal:
    price = parse_price(model="per_unit", parameters={"unit_amount": "2"} | terms, currency="EUR")
    return total_price(price, Usage(Decimal(quantity))).exact


def lines_of(quantity: str, share: Fraction = Fraction(1), **terms: Any) -> list[PriceLine]:
    billed, is_last = Decimal(terms.pop("billed", 0)), terms.pop("is_last_line", True)
    price = parse_price(model="per_unit", parameters={"unit_amount": "2"} | terms, currency="EUR")
    return price_lines(price, Usage(Decimal(quantity)), billed=billed, is_last_line=is_last, share=share)


@pytest.mark.parametrize(
    ("conversion", "quantity", "price"),
    [
        ({"operation": "multiply", "factor": "1.5"}, "3", "9"),
        ({"operation": "divide", "factor": "1000"}, "1400", "2.8"),
        ({"operation": "divide", "factor": "1000", "rounding": "up"}, "1001", "4"),
        ({"operation": "divide", "factor": "1000", "rounding": "down"}, "1999", "2"),
        ({"operation": "divide", "factor": "1000", "rounding": "half_up"}, "1500", "4"),
        ({"operation": "divide", "factor": "1000", "rounding": "half_up"}, "1499", "2"),
        ({"operation": "divide", "factor": "1000", "rounding": "up", "precision": "1"}, "1410", "3"),
        ({"operation": "divide", "factor": "3"}, "1", "0." + 30 * "6"),
    ],
)
def test_conversion_turns_metered_units_into_priced_ones(
    conversion: dict[str, str], quantity: str, price: str
) -> None:
    assert per_unit(quantity, unit_conversion=conversion) == Decimal(price)


def test_conversion_comes_before_free_units() -> None:
    conversion = {"operation": "divide", "factor": "10", "rounding": "up"}

    assert per_unit("41", unit_conversion=conversion, usage_discount_units="3") == 4


def test_free_units_are_used_up_by_earlier_lines() -> None:
    parameters = {"unit_amount": "2", "usage_discount_units": "10"}
    price = parse_price(model="per_unit", parameters=parameters, currency="EUR")

    further = further_price(price, prior=Usage(Decimal(8)), whole=Usage(Decimal(15)))

    assert further.exact == 10


@pytest.mark.parametrize(
    ("terms", "quantity", "price"),
    [
        ({"base_amount": "7"}, "0", "7"),
        ({"percentage_discount": "12.5"}, "8", "14"),
        ({"base_amount": "4", "percentage_discount": "50"}, "8", "10"),
        ({"pricing_unit": {"code": "credits", "rate": "0.01"}, "base_amount": "4"}, "8", "0.2"),
        ({"maximum_amount": "10"}, "5", "10"),
        ({"maximum_amount": "10"}, "5.001", "10"),
        ({"minimum_amount": "10"}, "4.999", "10"),
        # The discount comes before both limits, and the limits are money.
        ({"percentage_discount": "50", "maximum_amount": "7"}, "8", "7"),
        ({"percentage_discount": "50", "minimum_amount": "9"}, "8", "9"),
        ({"pricing_unit": {"code": "credits", "rate": "0.01"}, "minimum_amount": "1"}, "8", "1"),
    ],
)
def test_terms_act_in_their_order(terms: dict[str, Any], quantity: str, price: str) -> None:
    assert per_unit(quantity, **terms) == Decimal(price)


def test_minimum_is_topped_up_from_rounded_lines_so_that_they_sum_to_it() -> None:
    lines = lines_of("2.5025", minimum_amount="10")

    assert [(line.kind, line.money.minor) for line in lines] == [("usage", 501), ("true_up", 499)]


def test_minimum_on_the_same_line_gives_one_line() -> None:
    (line,) = lines_of("2.5025", minimum_amount="10", charge_minimum="same_line")

    assert (line.kind, line.quantity, line.money.minor) == ("usage", Decimal("2.5025"), 1000)


@pytest.mark.parametrize(
    ("terms", "minors"),
    [
        ({"minimum_amount": "10", "is_last_line": False}, [200]),
        ({"minimum_amount": "10", "billed": "3"}, [200, 500]),
        ({"minimum_amount": "10", "billed": "8"}, [200]),
        ({"minimum_amount": "10", "share": Fraction(1, 3)}, [200, 133]),
        ({"minimum_amount": "10", "share": Fraction(1, 3), "charge_minimum_proration": "none"}, [200, 800]),
        ({"maximum_amount": "10", "billed": "9"}, [100]),
        ({"maximum_amount": "10", "billed": "11"}, [0]),
    ],
)
def test_limits_hold_for_all_lines_of_a_period(terms: dict[str, Any], minors: list[int]) -> None:
    assert [line.money.minor for line in lines_of("1", **terms)] == minors


def test_terms_are_explained_in_their_order() -> None:
    parameters = {
        "unit_amount": "2",
        "unit_conversion": {"operation": "divide", "factor": "1000", "rounding": "up"},
        "usage_discount_units": "1",
        "base_amount": "50",
        "pricing_unit": {"code": "credits", "rate": "0.01"},
        "percentage_discount": "10",
        "minimum_amount": "3",
    }

    priced = price_quantity(model="per_unit", parameters=parameters, quantity="4500", currency="EUR")

    assert priced.trace.explain() == [
        "4,500 units divided by 1,000, rounded, give 5 units",
        "1 unit free of charge",
        "4 units at 2 credits each: 8 credits",
        "Base fee: 50 credits",
        "58 credits at €0.01 each: €0.58",
        "10% discount: €0.058 taken off",
        "At least €3.00 for this period: €2.478 added",
        "Total: €3.00",
    ]


@pytest.mark.parametrize(
    ("terms", "quantity", "sentence"),
    [
        ({"maximum_amount": "3"}, "2", "At most €3.00 for this period: €1.00 taken off"),
        (
            {"unit_conversion": {"operation": "multiply", "factor": "1.2"}},
            "10",
            "10 units times 1.2 give 12 units",
        ),
        (
            {"unit_conversion": {"operation": "multiply", "factor": "1.25", "rounding": "down"}},
            "1",
            "1 unit times 1.25, rounded, give 1 unit",
        ),
        (
            {"unit_conversion": {"operation": "divide", "factor": "4"}},
            "10",
            "10 units divided by 4 give 2.5 units",
        ),
    ],
)
def test_each_term_has_a_sentence(terms: dict[str, Any], quantity: str, sentence: str) -> None:
    price = parse_price(model="per_unit", parameters={"unit_amount": "2"} | terms, currency="EUR")

    assert sentence in total_price(price, Usage(Decimal(quantity))).trace.explain()


def test_weighted_units_are_explained() -> None:
    usage = Usage(Decimal(300), prorated_quantity=Decimal("198.6"))
    tiers = [{"up_to": "200", "unit_amount": "1"}, {"up_to": None, "unit_amount": "0.5"}]

    volume, per_unit = (
        total_price(parse_price(model=model, parameters=parameters, currency="EUR"), usage)
        for model, parameters in (("volume", {"tiers": tiers}), ("per_unit", {"unit_amount": "1"}))
    )

    assert volume.trace.explain() == [
        "198.6 units, weighted by time in use, at the price of tier 2 for 300 units, €0.50 each: €99.30"
    ]
    assert per_unit.trace.explain() == ["198.6 units, weighted by time in use, at €1.00 each: €198.60"]


@pytest.mark.parametrize(
    ("terms", "code", "field"),
    [
        ({"minimum_amount": "3", "maximum_amount": "2"}, "min_above_max", "minimum_amount"),
        ({"percentage_discount": "101"}, "above_hundred", "percentage_discount"),
        ({"pricing_unit": {"code": "credits", "rate": "0"}}, "not_positive", "pricing_unit.rate"),
        ({"pricing_unit": {"rate": "1"}}, "missing", "pricing_unit.code"),
        ({"unit_conversion": {"factor": "0"}}, "not_positive", "unit_conversion.factor"),
        (
            {"unit_conversion": {"factor": "2", "rounding": "sideways"}},
            "unknown_choice",
            "unit_conversion.rounding",
        ),
        (
            {"unit_conversion": {"factor": "2", "precision": "0.5"}},
            "not_whole",
            "unit_conversion.precision",
        ),
        ({"charge_minimum": "hidden"}, "unknown_choice", "charge_minimum"),
        ({"minimum": "3"}, "unknown_parameter", "minimum"),
    ],
)
def test_terms_that_are_wrong_are_refused_with_their_path(
    terms: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(PricingError) as refusal:
        per_unit("1", **terms)

    assert (refusal.value.code, refusal.value.field) == (code, field)


def test_flat_price_has_no_quantity_to_convert() -> None:
    with pytest.raises(PricingError) as refusal:
        parse_price(model="flat", parameters={"amount": "1", "usage_discount_units": "1"}, currency="EUR")

    assert (refusal.value.code, refusal.value.field) == ("unfit_parameter", "usage_discount_units")


@given(QUANTITIES, QUANTITIES, st.booleans())
def test_lines_of_a_period_lie_within_its_limits(first: Decimal, more: Decimal, same_line: bool) -> None:
    parameters = {
        "unit_amount": "0.0123",
        "minimum_amount": "50",
        "maximum_amount": "900.55",
        "charge_minimum": "same_line" if same_line else "true_up_line",
    }
    price = parse_price(model="per_unit", parameters=parameters, currency="EUR")

    early = sum(line.money.minor for line in price_lines(price, Usage(first), is_last_line=False))
    whole = sum(line.money.minor for line in price_lines(price, Usage(first + more)))

    assert 0 <= early <= 90055
    assert 5000 <= whole <= 90055
