from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.pricing.discounts import (
    Discount,
    DiscountAllocation,
    DiscountOrder,
    DiscountType,
    proportional_shares,
    spread_discount,
    stacked_discounts,
)
from apps.pricing.errors import PricingError
from apps.pricing.money import Money

DISCOUNTS = st.one_of(
    st.builds(
        Discount,
        st.just(DiscountType.PERCENT),
        st.decimals(min_value=0, max_value=100, places=3, allow_nan=False),
    ),
    st.builds(
        Discount,
        st.just(DiscountType.FIXED),
        st.decimals(min_value=0, max_value=10**4, places=2, allow_nan=False),
    ),
)
MINORS = st.lists(st.integers(min_value=0, max_value=10**6), min_size=1, max_size=8)


def percent(value: str) -> Discount:
    return Discount(DiscountType.PERCENT, Decimal(value))


def fixed(value: str) -> Discount:
    return Discount(DiscountType.FIXED, Decimal(value))


def euros(*minors: int) -> list[Money]:
    return [Money(minor, "EUR") for minor in minors]


def test_discount_is_read_from_its_parameters() -> None:
    assert Discount.parse({"type": "percent", "percent": "12.5"}) == percent("12.5")
    assert Discount.parse({"type": "fixed", "amount": "5"}) == fixed("5")


@pytest.mark.parametrize(
    ("parameters", "code", "field"),
    [
        ({"type": "percent", "percent": "100.01"}, "above_100", "percent"),
        ({"type": "fixed", "amount": "-1"}, "negative", "amount"),
        ({"type": "fixed"}, "missing", "amount"),
        ({"type": "percent", "amount": "5"}, "unknown_parameter", "amount"),
        ({"type": "gift"}, "unknown_choice", "type"),
    ],
)
def test_discount_that_makes_no_sense_is_refused(parameters: dict[str, str], code: str, field: str) -> None:
    with pytest.raises(PricingError) as refusal:
        Discount.parse(parameters)

    assert (refusal.value.code, refusal.value.field) == (code, field)


@pytest.mark.parametrize(
    ("order", "taken"),
    [
        (DiscountOrder.PERCENT_THEN_FIXED, [Fraction(15), Fraction(10)]),
        (DiscountOrder.ORDER_OF_APPLICATION, [Fraction(15), Fraction(85, 10)]),
    ],
)
def test_stacked_discounts_are_taken_in_order_and_told_as_given(
    order: DiscountOrder, taken: list[Fraction]
) -> None:
    assert stacked_discounts(100, [fixed("15"), percent("10")], order) == taken


def test_stacked_discounts_never_take_more_than_the_amount() -> None:
    assert stacked_discounts(100, [fixed("80"), fixed("50")]) == [80, 20]


@pytest.mark.parametrize(
    ("discount", "allocation", "amounts", "parts"),
    [
        (fixed("15"), DiscountAllocation.LARGEST_REMAINDER, (1000, 1000), [750, 750]),
        (fixed("1"), DiscountAllocation.LARGEST_REMAINDER, (100, 200), [33, 67]),
        (fixed("15"), DiscountAllocation.LARGEST_REMAINDER, (1000,), [1000]),
        (percent("33.33"), DiscountAllocation.EACH_AMOUNT_ALONE, (100, 100), [33, 33]),
        (percent("33.33"), DiscountAllocation.LARGEST_REMAINDER, (100, 100), [34, 33]),
        (fixed("1"), DiscountAllocation.LAST_LINE, (333, 333, 334), [33, 33, 34]),
        # Each share of 0.6 cents rounds up: the fourth line gets nothing, and the last no negative part.
        (fixed("0.03"), DiscountAllocation.LAST_LINE, (100,) * 5, [1, 1, 1, 0, 0]),
        (fixed("1"), DiscountAllocation.LARGEST_REMAINDER, (0, 0), [0, 0]),
        (fixed("1"), DiscountAllocation.LARGEST_REMAINDER, (), []),
    ],
)
def test_discount_is_spread_as_the_policy_says(
    discount: Discount, allocation: DiscountAllocation, amounts: tuple[int, ...], parts: list[int]
) -> None:
    spread = spread_discount(discount, euros(*amounts), allocation)

    assert [part.minor for part in spread] == parts


def test_fixed_amount_is_not_taken_off_each_amount() -> None:
    with pytest.raises(PricingError) as refusal:
        spread_discount(fixed("1"), euros(100, 100), DiscountAllocation.EACH_AMOUNT_ALONE)

    assert refusal.value.code == "fixed_amount_not_spread"


def test_proportional_shares_are_exact() -> None:
    assert proportional_shares(1, [1, 2]) == [Fraction(1, 3), Fraction(2, 3)]
    assert proportional_shares(0, [0, 0]) == [0, 0]
    with pytest.raises(PricingError) as refusal:
        proportional_shares(1, [0])
    assert refusal.value.code == "no_weight"


@given(
    DISCOUNTS, MINORS, st.sampled_from([DiscountAllocation.LARGEST_REMAINDER, DiscountAllocation.LAST_LINE])
)
def test_spread_parts_sum_to_the_discount_of_the_sum_and_are_not_negative(
    discount: Discount, minors: list[int], allocation: DiscountAllocation
) -> None:
    whole = Money(sum(minors), "EUR")

    parts = spread_discount(discount, euros(*minors), allocation)

    assert sum(part.minor for part in parts) == Money.from_exact(discount.of(whole.major), "EUR").minor
    assert all(part.minor >= 0 for part in parts)


@given(st.lists(DISCOUNTS, max_size=5), st.sampled_from(DiscountOrder))
def test_stacked_discounts_stay_within_the_amount(discounts: list[Discount], order: DiscountOrder) -> None:
    taken = stacked_discounts(Decimal("99.99"), discounts, order)

    assert all(part >= 0 for part in taken)
    assert sum(taken) <= Decimal("99.99")
