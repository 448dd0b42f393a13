from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.pricing.allocation import allocate
from apps.pricing.errors import PricingError

WEIGHTS = st.lists(
    st.decimals(min_value=0, max_value=10**6, places=4, allow_nan=False), min_size=1, max_size=20
)


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (10, [0, 1, 0], [0, 10, 0]),
        (1, [1, 1], [1, 0]),
        (2, [1, 1, 1], [1, 1, 0]),
        (100, [Decimal("0.1"), Decimal("0.2")], [33, 67]),
        (5, [3, 3, 1], [2, 2, 1]),
        (0, [1, 2], [0, 0]),
        (0, [0, 0], [0, 0]),
        (0, [], []),
    ],
)
def test_allocation_gives_the_rest_to_the_largest_remainder(
    total: int, weights: list[Decimal | int], parts: list[int]
) -> None:
    assert allocate(total, weights) == parts


@pytest.mark.parametrize(
    ("total", "weights", "code"),
    [
        (1, [], "no_weight"),
        (1, [0], "no_weight"),
        (1, [2, -1], "negative_weight"),
        (1, [0.5], "float_refused"),
    ],
)
def test_allocation_that_has_no_answer_is_refused(total: int, weights: list[int], code: str) -> None:
    with pytest.raises(PricingError) as refusal:
        allocate(total, weights)

    assert refusal.value.code == code


@given(st.integers(min_value=-(10**12), max_value=10**12), WEIGHTS.filter(any))
def test_allocation_sums_to_the_whole_and_stays_within_one_unit(total: int, weights: list[Decimal]) -> None:
    parts = allocate(total, weights)

    assert sum(parts) == total
    whole = sum(Fraction(weight) for weight in weights)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - total * Fraction(weight) / whole) < 1
        assert weight or part == 0


def test_allocated_ties_follow_the_keys_and_not_the_order_of_input() -> None:
    assert allocate(5, [1, 1, 1], ["c", "a", "b"]) == [1, 2, 2]
    assert allocate(5, [1, 1, 1], ["a", "b", "c"]) == [2, 2, 1]
