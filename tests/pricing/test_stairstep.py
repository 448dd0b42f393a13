from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from apps.pricing.charge_price import parse_price
from apps.pricing.errors import PricingError
from apps.pricing.price import total_price
from apps.pricing.usage import Usage, usage_of_groups

STEPS: dict[str, Any] = {
    "tiers": [
        {"up_to": "10", "amount": "5"},
        {"up_to": "20", "amount": "8"},
        {"up_to": None, "amount": "30"},
    ]
}
CAPACITY: dict[str, Any] = {
    "dimension": "unit",
    "tiers": [
        {"limits": {"cpu": "4", "disk": "100"}, "amount": "10"},
        {"limits": {"cpu": "8", "disk": "100"}, "amount": "20"},
        {"limits": {"cpu": None, "disk": "500"}, "amount": "50"},
    ],
    "beyond_last_tier": "error",
}


def price_of(usage: Usage, parameters: dict[str, Any]) -> Decimal:
    return total_price(parse_price(model="stairstep", parameters=parameters, currency="EUR"), usage).exact


def used(**units: str) -> Usage:
    return usage_of_groups({(name,): Decimal(value) for name, value in units.items()})


@pytest.mark.parametrize(
    ("quantity", "price"), [("0", "5"), ("10", "5"), ("10.5", "8"), ("20", "8"), ("20.01", "30"), ("-1", "5")]
)
def test_stairstep_costs_one_amount_for_the_step_reached(quantity: str, price: str) -> None:
    assert price_of(Usage(Decimal(quantity)), STEPS) == Decimal(price)


def test_stairstep_without_usage_costs_nothing_where_the_policy_says_so() -> None:
    parameters = {**STEPS, "zero_usage_flat_fee": "not_charged"}

    assert price_of(Usage(Decimal(0)), parameters) == 0
    assert price_of(Usage(Decimal("0.1")), parameters) == 5


def test_stairstep_at_a_bound_belongs_to_the_next_step_where_the_policy_says_so() -> None:
    assert price_of(Usage(Decimal(10)), {**STEPS, "tier_bound": "lower_inclusive"}) == 8


@pytest.mark.parametrize(
    ("units", "price"),
    [
        ({"cpu": "4", "disk": "100"}, "10"),
        ({"cpu": "4.5"}, "20"),
        ({"cpu": "1", "disk": "101"}, "50"),
        ({"cpu": "900", "disk": "1"}, "50"),
        ({"network": "7"}, "10"),
        ({}, "10"),
    ],
)
def test_stairstep_takes_the_lowest_step_that_holds_every_unit_type(
    units: dict[str, str], price: str
) -> None:
    assert price_of(used(**units), CAPACITY) == Decimal(price)


def test_stairstep_beyond_the_last_step_follows_the_policy() -> None:
    with pytest.raises(PricingError) as refusal:
        price_of(used(disk="501"), CAPACITY)

    assert refusal.value.code == "beyond_last_tier"
    assert price_of(used(disk="501"), {**CAPACITY, "beyond_last_tier": "last_tier_price"}) == 50


def test_stairstep_with_a_dimension_reads_groups() -> None:
    model = parse_price(model="stairstep", parameters=CAPACITY, currency="EUR").model

    assert (model.reads, model.dimensions) == (frozenset({"groups"}), ("unit",))


def test_stairstep_explains_what_the_step_holds() -> None:
    price = parse_price(model="stairstep", parameters=CAPACITY, currency="EUR")

    assert total_price(price, used(cpu="5", disk="20")).trace.explain() == [
        "Step 2 holds what was used (5 cpu, 20 disk): €20.00"
    ]


@pytest.mark.parametrize(
    ("parameters", "code", "field"),
    [
        ({"tiers": [{"amount": "1"}]}, "missing", "tiers[0].up_to"),
        ({"tiers": [{"up_to": "1", "amount": "1"}]}, "last_tier_bounded", "tiers[0].up_to"),
        (
            {"tiers": [{"up_to": "2", "amount": "1"}, {"up_to": "1", "amount": "1"}]},
            "tiers_not_ascending",
            "tiers[1].up_to",
        ),
        (
            {"tiers": [{"up_to": None, "amount": "1"}, {"up_to": None, "amount": "1"}]},
            "tiers_not_ascending",
            "tiers[1].up_to",
        ),
        ({"dimension": "unit", "tiers": [{"limits": {}, "amount": "1"}]}, "missing", "tiers[0].limits"),
        (
            {"dimension": "unit", "tiers": [{"limits": {"cpu": "-1"}, "amount": "1"}]},
            "negative",
            "tiers[0].limits.cpu",
        ),
    ],
)
def test_stairstep_refuses_wrong_steps(parameters: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(PricingError) as refusal:
        parse_price(model="stairstep", parameters=parameters, currency="EUR")

    assert (refusal.value.code, refusal.value.field) == (code, field)
