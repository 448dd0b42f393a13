from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.pricing.charge_models import CHARGE_MODELS
from apps.pricing.charge_price import parse_price
from apps.pricing.errors import PricingError
from apps.pricing.price import PricedQuantity, further_price, price_quantity, rounded_once, total_price
from apps.pricing.usage import Usage

TIERS: dict[str, Any] = {
    "tiers": [
        {"up_to": "10", "unit_amount": "2", "flat_amount": "5"},
        {"up_to": "20", "unit_amount": "1.5", "flat_amount": "3"},
        {"up_to": None, "unit_amount": "0.005"},
    ]
}
QUANTITIES = st.decimals(min_value=0, max_value=10**9, places=6, allow_nan=False)


def exact(model: str, parameters: dict[str, Any], quantity: str, currency: str = "EUR") -> Decimal:
    return price_quantity(model=model, parameters=parameters, quantity=quantity, currency=currency).exact


@pytest.mark.parametrize(
    ("quantity", "price"),
    [
        ("0", "5"),
        ("0.5", "6"),
        ("9", "23"),
        ("10", "25"),
        ("10.5", "28.75"),
        ("11", "29.5"),
        ("20", "43"),
        ("20.001", "43.000005"),
        ("21", "43.005"),
        ("1020", "48"),
    ],
)
def test_graduated_price_around_the_bounds(quantity: str, price: str) -> None:
    assert exact("graduated", TIERS, quantity) == Decimal(price)


@pytest.mark.parametrize(
    ("quantity", "price"),
    [
        ("0", "5"),
        ("9", "23"),
        ("10", "25"),
        ("10.5", "18.75"),
        ("11", "19.5"),
        ("20", "33"),
        ("20.001", "0.100005"),
        ("21", "0.105"),
    ],
)
def test_volume_price_around_the_bounds(quantity: str, price: str) -> None:
    assert exact("volume", TIERS, quantity) == Decimal(price)


@pytest.mark.parametrize(
    ("model", "bound", "at_ten"),
    [
        ("volume", "upper_inclusive", "25"),
        ("volume", "lower_inclusive", "18"),
        ("graduated", "upper_inclusive", "25"),
        ("graduated", "lower_inclusive", "28"),
    ],
)
def test_tier_bound_decides_who_owns_the_bound(model: str, bound: str, at_ten: str) -> None:
    assert exact(model, {**TIERS, "tier_bound": bound}, "10") == Decimal(at_ten)


@pytest.mark.parametrize("model", ["graduated", "volume"])
def test_zero_usage_flat_fee_not_charged_costs_nothing(model: str) -> None:
    parameters = {**TIERS, "zero_usage_flat_fee": "not_charged"}

    assert exact(model, parameters, "0") == 0
    assert exact(model, parameters, "1") == 7


@pytest.mark.parametrize(
    ("model", "policy", "price"),
    [
        ("graduated", "last_tier_price", "75"),
        ("graduated", "not_billed", "50"),
        ("volume", "last_tier_price", "75"),
        ("volume", "not_billed", "50"),
    ],
)
def test_quantity_beyond_a_bounded_last_tier_follows_the_policy(model: str, policy: str, price: str) -> None:
    parameters = {"tiers": [{"up_to": "10", "unit_amount": "5"}], "beyond_last_tier": policy}

    assert exact(model, parameters, "15") == Decimal(price)


def test_quantity_beyond_a_bounded_last_tier_is_refused_under_error() -> None:
    parameters = {"tiers": [{"up_to": "10", "unit_amount": "5"}], "beyond_last_tier": "error"}

    assert exact("volume", parameters, "10") == 50
    with pytest.raises(PricingError) as refusal:
        exact("volume", parameters, "10.01")

    assert (refusal.value.code, refusal.value.field) == ("beyond_last_tier", "quantity")


@pytest.mark.parametrize(("quantity", "price"), [("2", "2"), ("3", "3"), ("3.5", "3")])
def test_tier_cap_limits_the_tier_alone(quantity: str, price: str) -> None:
    parameters = {"tiers": [{"up_to": None, "unit_amount": "1", "max_amount": "3"}]}

    assert exact("graduated", parameters, quantity) == Decimal(price)


@pytest.mark.parametrize(
    ("quantity", "price"),
    [
        ("0", "0"),
        ("5", "0"),
        ("5.001", "7"),
        ("15", "7"),
        ("15.5", "14"),
        ("25", "14"),
        ("26", "21"),
        ("-3", "0"),
    ],
)
def test_package_started_is_billed_whole_after_free_units(quantity: str, price: str) -> None:
    parameters = {"package_size": "10", "amount": "7", "free_units": "5"}

    assert exact("package", parameters, quantity) == Decimal(price)


@pytest.mark.parametrize(
    ("quantity", "unit_amount", "currency", "minor"),
    [
        ("3", "0.005", "EUR", 2),
        ("1", "0.0049", "EUR", 0),
        ("3", "0.5", "JPY", 2),
        ("5", "0.0001", "KWD", 1),
        ("1000000", "0.000000000001", "EUR", 0),
        ("0", "9", "EUR", 0),
        ("-4", "9", "EUR", 0),
    ],
)
def test_per_unit_price_is_rounded_once(quantity: str, unit_amount: str, currency: str, minor: int) -> None:
    priced = price_quantity(
        model="per_unit", parameters={"unit_amount": unit_amount}, quantity=quantity, currency=currency
    )

    assert priced.money.minor == minor


def test_flat_price_does_not_depend_on_the_quantity() -> None:
    assert exact("flat", {"amount": "9.90"}, "0") == exact("flat", {"amount": "9.90"}, "7") == Decimal("9.90")


def test_negative_quantity_is_refused_where_the_policy_says_so() -> None:
    with pytest.raises(PricingError) as refusal:
        exact("per_unit", {"unit_amount": "1", "negative_quantity": "error"}, "-1")

    assert refusal.value.code == "negative_quantity"


@pytest.mark.parametrize(
    ("model", "parameters", "code", "field"),
    [
        ("flat", {}, "missing", "amount"),
        ("flat", {"amount": "-1"}, "negative", "amount"),
        ("flat", {"amount": 1.5}, "float_refused", "amount"),
        ("flat", {"amount": "1e3"}, "invalid_decimal", "amount"),
        ("flat", {"amount": "1_000"}, "invalid_decimal", "amount"),
        ("flat", {"amount": "NaN"}, "invalid_decimal", "amount"),
        ("flat", {"amount": " 1"}, "invalid_decimal", "amount"),
        ("flat", {"amount": "١"}, "invalid_decimal", "amount"),
        ("flat", {"amount": True}, "invalid_decimal", "amount"),
        ("flat", {"amount": "1" * 61}, "invalid_decimal", "amount"),
        ("flat", {"amount": "1", "ammount": "1"}, "unknown_parameter", "ammount"),
        ("per_unit", {"unit_amount": None}, "missing", "unit_amount"),
        ("package", {"package_size": "0", "amount": "1"}, "not_positive", "package_size"),
        ("package", {"package_size": "5", "amount": "1", "free_units": "-1"}, "negative", "free_units"),
        ("volume", {"tiers": []}, "invalid_list", "tiers"),
        ("volume", {"tiers": "no"}, "invalid_list", "tiers"),
        ("volume", {"tiers": ["no"]}, "invalid_object", "tiers[0]"),
        ("volume", {"tiers": [{"unit_amount": "1"}]}, "missing", "tiers[0].up_to"),
        ("volume", {"tiers": [{"up_to": "1"}]}, "last_tier_bounded", "tiers[0].up_to"),
        ("volume", {"tiers": [{"up_to": None}, {"up_to": None}]}, "open_tier_not_last", "tiers[0].up_to"),
        ("volume", {"tiers": [{"up_to": "5"}, {"up_to": "5"}]}, "tiers_not_ascending", "tiers[1].up_to"),
        ("volume", {"tiers": [{"up_to": "0"}]}, "tiers_not_ascending", "tiers[0].up_to"),
        ("volume", {"tiers": [{"up_to": "5"}, {"up_to": 6.5}]}, "float_refused", "tiers[1].up_to"),
        (
            "graduated",
            {"tiers": [{"up_to": None, "unit_amount": 0.5}]},
            "float_refused",
            "tiers[0].unit_amount",
        ),
        ("graduated", {"tiers": [{"up_to": None, "unit": "1"}]}, "unknown_parameter", "tiers[0].unit"),
        ("graduated", {**TIERS, "tier_bound": "both"}, "unknown_choice", "tier_bound"),
        ("graduated", {**TIERS, "zero_usage": "charged"}, "unknown_parameter", "zero_usage"),
        ("stairs", {}, "unknown_model", "model"),
    ],
)
def test_parameters_that_are_wrong_are_refused_with_their_path(
    model: str, parameters: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(PricingError) as refusal:
        parse_price(model=model, parameters=parameters, currency="EUR")

    assert (refusal.value.code, refusal.value.field) == (code, field)


def test_quantity_as_a_float_is_refused() -> None:
    with pytest.raises(PricingError) as refusal:
        price_quantity(model="flat", parameters={"amount": "1"}, quantity=1.0, currency="EUR")  # type: ignore[arg-type]

    assert (refusal.value.code, refusal.value.field) == ("float_refused", "quantity")


def test_further_quantity_costs_the_difference_of_totals() -> None:
    further = further_quantity(9, 11)

    assert further.exact == Decimal("6.5")
    assert further.trace.explain()[-2:] == ["Already priced for 9 units: €23.00 taken off", "Total: €6.50"]


def test_further_quantity_after_nothing_pays_the_flat_amount() -> None:
    assert further_quantity(0, 1).exact == 7


def further_quantity(prior: int, whole: int) -> PricedQuantity:
    price = parse_price(model="graduated", parameters=TIERS, currency="EUR")
    further = further_price(price, prior=Usage(Decimal(prior)), whole=Usage(Decimal(whole)))
    return rounded_once(further, "EUR")


def amounts() -> st.SearchStrategy[str]:
    return st.decimals(min_value=0, max_value=1000, places=9, allow_nan=False).map("{:f}".format)


@st.composite
def tiered(draw: st.DrawFn) -> dict[str, Any]:
    bounds = sorted(draw(st.sets(st.integers(min_value=1, max_value=10**6), max_size=5)))
    up_to = [str(Decimal(bound) / 100) for bound in bounds]
    tiers = [
        {"up_to": b, "unit_amount": draw(amounts()), "flat_amount": draw(amounts())} for b in [*up_to, None]
    ]
    return {"tiers": tiers, "tier_bound": draw(st.sampled_from(["upper_inclusive", "lower_inclusive"]))}


@given(tiered(), QUANTITIES, QUANTITIES)
def test_graduated_price_never_falls_as_the_quantity_grows(
    parameters: dict[str, Any], one: Decimal, other: Decimal
) -> None:
    price = parse_price(model="graduated", parameters=parameters, currency="EUR")

    less, more = (total_price(price, Usage(units)).exact for units in sorted((one, other)))
    assert less <= more


@given(tiered(), QUANTITIES)
def test_volume_price_is_that_of_exactly_one_tier(parameters: dict[str, Any], quantity: Decimal) -> None:
    upper = parameters["tier_bound"] == "upper_inclusive"
    lows = [Fraction(0)] + [Fraction(tier["up_to"]) for tier in parameters["tiers"][:-1]]
    units = Fraction(quantity)
    holding = [
        tier
        for low, tier in zip(lows, parameters["tiers"], strict=True)
        for high in [None if tier["up_to"] is None else Fraction(tier["up_to"])]
        if (low < units or low == 0 if upper else low <= units)
        and (high is None or (units <= high if upper else units < high))
    ]

    price = exact("volume", parameters, f"{quantity:f}")

    assert len(holding) == 1
    expected = units * Fraction(holding[0]["unit_amount"]) + Fraction(holding[0]["flat_amount"])
    assert Fraction(price) == expected


@given(tiered(), QUANTITIES)
def test_graduated_price_equals_the_sum_in_fractions(parameters: dict[str, Any], quantity: Decimal) -> None:
    upper = parameters["tier_bound"] == "upper_inclusive"
    units, low, expected = Fraction(quantity), Fraction(0), Fraction(0)
    for tier in parameters["tiers"]:
        high = units if tier["up_to"] is None else min(units, Fraction(tier["up_to"]))
        if low == 0 or low < units or (low == units and not upper):
            expected += max(high - low, Fraction(0)) * Fraction(tier["unit_amount"]) + Fraction(
                tier["flat_amount"]
            )
        low = Fraction(tier["up_to"] or 0)

    assert Fraction(exact("graduated", parameters, f"{quantity:f}")) == expected


@given(
    st.decimals(min_value=0, max_value=10**30, places=20, allow_nan=False),
    st.decimals(min_value=0, max_value=10**12, places=24, allow_nan=False),
)
def test_per_unit_price_loses_no_digit(quantity: Decimal, unit_amount: Decimal) -> None:
    price = exact("per_unit", {"unit_amount": format(unit_amount, "f")}, format(quantity, "f"))

    assert Fraction(price) == Fraction(quantity) * Fraction(unit_amount)


@given(
    st.decimals(min_value=0, max_value=10**6, places=4, allow_nan=False),
    st.decimals(min_value="0.0001", max_value=10**4, places=4, allow_nan=False),
    st.decimals(min_value=0, max_value=10**4, places=4, allow_nan=False),
)
def test_package_count_is_the_smallest_that_holds_the_units(
    quantity: Decimal, size: Decimal, free: Decimal
) -> None:
    parameters = {"package_size": f"{size:f}", "amount": "1", "free_units": f"{free:f}"}

    packages = Fraction(exact("package", parameters, f"{quantity:f}"))

    charged = max(Fraction(quantity) - Fraction(free), Fraction(0))
    assert packages * Fraction(size) >= charged
    assert packages == 0 or (packages - 1) * Fraction(size) < charged


BLOCKS = {"tiers": [{"block_size": "1", "max_blocks": None, "block_amount": "1"}]}
COMPLETE: dict[str, dict[str, Any]] = {
    "flat": {"amount": "1"},
    "per_unit": {"unit_amount": "1"},
    "graduated": {"tiers": [{"up_to": "1", "unit_amount": "1", "flat_amount": "1"}, {"up_to": None}]},
    "volume": {"tiers": [{"up_to": "1", "unit_amount": "1", "max_amount": "1"}, {"up_to": None}]},
    "package": {"package_size": "1", "amount": "1", "free_units": "1"},
    "percentage": {
        "rate_percent": "1",
        "fixed_fee_per_event": "1",
        "free_events": "1",
        "free_amount": "1",
        "per_event_min": "1",
        "per_event_max": "1",
    },
    "graduated_percentage": {"tiers": [{"up_to": "1", "rate_percent": "1"}, {"up_to": None}]},
    "graduated_blocks": BLOCKS,
    "volume_blocks": BLOCKS,
    "stairstep": {"tiers": [{"up_to": "1", "amount": "1"}, {"up_to": None, "amount": "2"}]},
    "dynamic": {"multiplier": "1"},
    "matrix": {
        "dimensions": ["region"],
        "rows": [{"match": {"region": "eu"}, "unit_amount": "1"}],
        "default": {"model": "per_unit", "parameters": {"unit_amount": "1"}},
    },
}
TERMS: dict[str, Any] = {
    "base_amount": "1",
    "percentage_discount": "1",
    "minimum_amount": "1",
    "maximum_amount": "1",
    "pricing_unit": {"code": "credits", "rate": "1"},
}


def with_a_float(value: Any) -> Iterator[Any]:
    """Every way to put a float in place of one decimal string."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from ({**value, key: wrong} for wrong in with_a_float(inner))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from ([*value[:index], wrong, *value[index + 1 :]] for wrong in with_a_float(inner))
    elif isinstance(value, str) and value.isdigit():
        yield float(value)


@pytest.mark.parametrize("model", sorted(CHARGE_MODELS))
def test_every_model_refuses_a_float_for_any_parameter(model: str) -> None:
    complete = COMPLETE[model] | TERMS
    parse_price(model=model, parameters=complete, currency="EUR")

    wrong = list(with_a_float(complete))

    assert len(wrong) > len(TERMS)
    for parameters in wrong:
        with pytest.raises(PricingError) as refusal:
            parse_price(model=model, parameters=parameters, currency="EUR")
        assert refusal.value.code == "float_refused"


@given(st.sampled_from(sorted(CHARGE_MODELS.keys() - {"volume", "volume_blocks"})), QUANTITIES, QUANTITIES)
def test_price_of_more_is_not_less_where_no_tier_lowers_the_price_of_all(
    model: str, one: Decimal, other: Decimal
) -> None:
    price = parse_price(model=model, parameters=COMPLETE[model], currency="EUR")

    less, more = (total_price(price, Usage(units)).exact for units in sorted((one, other)))

    assert less <= more


@given(
    st.sampled_from(sorted(CHARGE_MODELS)),
    st.lists(QUANTITIES.filter(bool), min_size=1, max_size=5),
)
def test_further_quantities_sum_to_the_price_of_all(model: str, quantities: list[Decimal]) -> None:
    parameters = COMPLETE[model] | {
        "base_amount": "3",
        "maximum_amount": "100000",
        "percentage_discount": "7",
    }
    price = parse_price(model=model, parameters=parameters, currency="EUR")
    running, summed = Usage(Decimal(0)), Fraction(0)

    for quantity in quantities:
        whole = Usage(running.quantity + quantity)
        summed += Fraction(further_price(price, prior=running, whole=whole).exact)
        running = whole

    assert summed == Fraction(total_price(price, running).exact)


@given(tiered())
def test_graduated_price_has_no_jump_at_a_bound_but_the_flat_amount(parameters: dict[str, Any]) -> None:
    price = parse_price(model="graduated", parameters=parameters, currency="EUR")
    step = Decimal("0.000001")

    for tier, entered in pairwise(parameters["tiers"]):
        at = total_price(price, Usage(Decimal(tier["up_to"]) - step)).exact
        above = total_price(price, Usage(Decimal(tier["up_to"]) + step)).exact
        slices = Fraction(tier["unit_amount"]) + Fraction(entered["unit_amount"])
        assert Fraction(above) - Fraction(at) == Fraction(step) * slices + Fraction(entered["flat_amount"])
