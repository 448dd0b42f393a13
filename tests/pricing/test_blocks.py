from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.pricing.charge_price import parse_price
from apps.pricing.errors import PricingError
from apps.pricing.price import price_quantity

TIERS: dict[str, Any] = {
    "tiers": [
        {"block_size": "100", "max_blocks": "10", "block_amount": "2"},
        {"block_size": "1000", "max_blocks": None, "block_amount": "5"},
    ]
}


def exact(model: str, parameters: dict[str, Any], quantity: str) -> Decimal:
    return price_quantity(model=model, parameters=parameters, quantity=quantity, currency="EUR").exact


@pytest.mark.parametrize(
    ("quantity", "graduated", "volume"),
    [
        ("0", "0", "0"),
        ("0.1", "2", "2"),
        ("100", "2", "2"),
        ("100.5", "4", "4"),
        ("1000", "20", "20"),
        ("1000.5", "25", "10"),
        ("2000", "25", "10"),
        ("2001", "30", "15"),
        ("-5", "0", "0"),
    ],
)
def test_blocks_started_are_billed_whole(quantity: str, graduated: str, volume: str) -> None:
    assert exact("graduated_blocks", TIERS, quantity) == Decimal(graduated)
    assert exact("volume_blocks", TIERS, quantity) == Decimal(volume)


def test_volume_blocks_at_the_bound_belong_to_the_tier_that_the_policy_says() -> None:
    assert exact("volume_blocks", {**TIERS, "tier_bound": "lower_inclusive"}, "1000") == 5


@pytest.mark.parametrize(
    ("model", "policy", "price"),
    [
        ("graduated_blocks", "last_tier_price", "6"),
        ("graduated_blocks", "not_billed", "4"),
        ("volume_blocks", "last_tier_price", "6"),
        ("volume_blocks", "not_billed", "4"),
    ],
)
def test_blocks_beyond_the_last_tier_follow_the_policy(model: str, policy: str, price: str) -> None:
    tiers = [{"block_size": "10", "max_blocks": "2", "block_amount": "2"}]

    assert exact(model, {"tiers": tiers, "beyond_last_tier": policy}, "21") == Decimal(price)


def test_blocks_explain_each_tier() -> None:
    priced = price_quantity(model="graduated_blocks", parameters=TIERS, quantity="1001", currency="USD")

    assert priced.trace.explain() == [
        "Tier 1: 10 blocks of 100 units at $2.00 each: $20.00",
        "Tier 2: 1 block of 1,000 units at $5.00 each: $5.00",
        "Total: $25.00",
    ]


@pytest.mark.parametrize(
    ("tiers", "code", "field"),
    [
        ([{"block_size": "0", "block_amount": "1"}], "not_positive", "tiers[0].block_size"),
        (
            [{"block_size": "1", "block_amount": "1"}, {"block_size": "1", "block_amount": "1"}],
            "open_tier_not_last",
            "tiers[0].max_blocks",
        ),
        (
            [{"block_size": "1", "max_blocks": "0", "block_amount": "1"}],
            "not_positive",
            "tiers[0].max_blocks",
        ),
        (
            [{"block_size": "1", "max_blocks": "1", "block_amount": "1"}],
            "last_tier_bounded",
            "tiers[0].max_blocks",
        ),
        ([{"block_size": "1", "up_to": None, "block_amount": "1"}], "unknown_parameter", "tiers[0].up_to"),
    ],
)
def test_blocks_refuse_wrong_tiers(tiers: list[dict[str, Any]], code: str, field: str) -> None:
    with pytest.raises(PricingError) as refusal:
        parse_price(model="volume_blocks", parameters={"tiers": tiers}, currency="EUR")

    assert (refusal.value.code, refusal.value.field) == (code, field)


@given(st.decimals(min_value=0, max_value=10**6, places=3, allow_nan=False))
def test_blocks_billed_hold_the_quantity_and_no_block_is_empty(quantity: Decimal) -> None:
    parameters = {"tiers": [{"block_size": "7", "max_blocks": None, "block_amount": "1"}]}

    blocks = Fraction(exact("graduated_blocks", parameters, f"{quantity:f}"))

    assert blocks == Fraction(exact("volume_blocks", parameters, f"{quantity:f}"))
    assert blocks * 7 >= Fraction(quantity)
    assert blocks == 0 or (blocks - 1) * 7 < Fraction(quantity)
