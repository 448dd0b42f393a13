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
from apps.pricing.usage import Change, Usage, usage_of_changes

TIERS: dict[str, Any] = {
    "tiers": [
        {"up_to": "5", "unit_amount": "10", "flat_amount": "100"},
        {"up_to": None, "unit_amount": "5", "flat_amount": "50"},
    ]
}


def changes(*rows: tuple[str, str]) -> Usage:
    return usage_of_changes([Change(Decimal(units), Decimal(weighted)) for units, weighted in rows])


def price_of(usage: Usage, **parameters: Any) -> Decimal:
    price = parse_price(model="graduated", parameters=TIERS | parameters, currency="EUR")
    return total_price(price, usage).exact


@pytest.mark.parametrize(
    ("rows", "price"),
    [
        # Into the first tier alone, up to its bound, and over it: 5 x 0.5 and 1 x 0.5.
        ([("4", "2")], "120"),
        ([("5", "5")], "150"),
        ([("6", "3")], "177.5"),
        # Two of three leave the second tier, one the first; the flat amounts stay.
        ([("7", "7"), ("-3", "-1.5")], "200"),
        # What comes back fills the first tier again.
        ([("5", "5"), ("-5", "-2"), ("5", "1")], "140"),
        # A third of a unit: exact although no decimal is.
        ([("3", "1"), ("3", "1"), ("-6", "-2")], "150"),
    ],
)
def test_changes_fill_tiers_in_full_and_are_priced_weighted(rows: list[tuple[str, str]], price: str) -> None:
    assert price_of(changes(*rows)) == Decimal(price)


@pytest.mark.parametrize(("policy", "price"), [("zero", "0"), ("release_from_top_tier", "158.75")])
def test_changes_to_below_zero_follow_the_policy(policy: str, price: str) -> None:
    # A quarter of each unit is given back: one of the second tier, seven of the first.
    usage = changes(("6", "3"), ("-8", "-2"))

    assert price_of(usage, negative_quantity=policy) == Decimal(price)


def test_changes_that_give_back_more_than_all_cost_nothing() -> None:
    usage = changes(("1", "1"), ("-100", "-60"))

    assert price_of(usage, negative_quantity="release_from_top_tier") == 0
    with pytest.raises(PricingError) as refusal:
        price_of(usage, negative_quantity="error")
    assert refusal.value.code == "negative_quantity"


@pytest.mark.parametrize(("policy", "price"), [("not_billed", "5"), ("last_tier_price", "7")])
def test_changes_beyond_the_last_tier_follow_the_policy(policy: str, price: str) -> None:
    tiers = [{"up_to": "5", "unit_amount": "2"}]

    assert price_of(changes(("7", "3.5")), tiers=tiers, beyond_last_tier=policy) == Decimal(price)


def test_weighted_quantity_without_changes_counts_as_one() -> None:
    assert price_of(Usage(Decimal(6), prorated_quantity=Decimal(3))) == Decimal("177.5")


def test_changes_are_explained_by_tier() -> None:
    price = parse_price(model="graduated", parameters=TIERS, currency="EUR")

    assert total_price(price, changes(("6", "3"), ("-1", "-0.25"))).trace.explain() == [
        "Tier 1: 2.5 units, weighted by time in use, at €10.00 each: €25.00",
        "Flat fee of tier 1: €100.00",
        "Tier 2: 0.25 units, weighted by time in use, at €5.00 each: €1.25",
        "Flat fee of tier 2: €50.00",
    ]


@given(st.lists(st.integers(-20, 20).filter(bool), max_size=8))
def test_changes_that_stand_all_the_time_cost_what_the_units_cost(units: list[int]) -> None:
    parameters = {"tiers": [{"up_to": "7", "unit_amount": "3"}, {"up_to": None, "unit_amount": "2"}]}
    usage = changes(*((str(n), str(n)) for n in units))

    weighted = price_of(usage, **parameters)

    # Without flat amounts the way to a quantity does not matter, only the quantity.
    assert Fraction(weighted) == Fraction(price_of(Usage(max(usage.quantity, Decimal(0))), **parameters))
