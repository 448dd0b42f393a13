"""Several discounts over lines: order, remainder, allocation."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from apps.pricing.discounts import Discount, DiscountAllocation, DiscountOrder, DiscountType
from apps.pricing.line_discounts import LineDiscount, discount_lines
from apps.pricing.money import Money


def eur(*minors: int) -> list[Money]:
    return [Money(minor, "EUR") for minor in minors]


def fixed(amount: str, *lines: int, rank: int = 2) -> LineDiscount:
    return LineDiscount(Discount(DiscountType.FIXED, Decimal(amount)), lines, rank)


def percent(value: str, *lines: int, rank: int = 2) -> LineDiscount:
    return LineDiscount(Discount(DiscountType.PERCENT, Decimal(value)), lines, rank)


def taken(shares: list[dict[int, object]]) -> list[dict[int, int]]:
    return [{index: share.money.minor for index, share in each.items()} for each in shares]  # type: ignore[attr-defined]


def test_the_narrowest_discount_is_taken_first() -> None:
    # 20 off the first two lines, then 10 off all of what is left: 80 + 100 = 180.
    shares = discount_lines(eur(5000, 5000, 10000), [fixed("18", 0, 1, 2), fixed("20", 0, 1, rank=0)])

    assert taken(shares) == [{0: 400, 1: 400, 2: 1000}, {0: 1000, 1: 1000}]


def test_percentages_before_fixed_amounts() -> None:
    discounts = [fixed("10", 0), percent("50", 0)]

    assert taken(discount_lines(eur(10000), discounts, order=DiscountOrder.PERCENT_THEN_FIXED)) == [
        {0: 1000},
        {0: 5000},
    ]
    assert taken(discount_lines(eur(10000), discounts, order=DiscountOrder.ORDER_OF_APPLICATION)) == [
        {0: 1000},
        {0: 4500},
    ]


def test_proportional_shares_are_exact_and_whole_units_sum() -> None:
    (shares,) = discount_lines(
        eur(1000, 2000), [fixed("20", 0, 1)], allocation=DiscountAllocation.PROPORTIONAL
    )

    assert [share.exact for share in shares.values()] == [Fraction(20, 3), Fraction(40, 3)]
    assert [share.money.minor for share in shares.values()] == [667, 1333]


def test_a_line_that_is_used_up_or_negative_is_left_alone() -> None:
    assert taken(discount_lines(eur(-500, 1000), [fixed("15", 0, 1), fixed("5", 0, 1)])) == [{1: 1000}, {}]


@given(
    st.lists(st.integers(-(10**6), 10**7), min_size=1, max_size=6),
    st.lists(st.tuples(st.booleans(), st.integers(0, 100), st.integers(0, 2)), max_size=4),
    st.sampled_from(list(DiscountOrder)),
    st.sampled_from(list(DiscountAllocation)),
)
def test_no_line_ever_falls_below_zero(
    minors: list[int],
    given_discounts: list[tuple[bool, int, int]],
    order: DiscountOrder,
    allocation: DiscountAllocation,
) -> None:
    every = tuple(range(len(minors)))
    discounts = [
        LineDiscount(
            Discount(DiscountType.FIXED if is_fixed else DiscountType.PERCENT, Decimal(value)), every, rank
        )
        for is_fixed, value, rank in given_discounts
    ]

    shares = discount_lines(eur(*minors), discounts, order=order, allocation=allocation)

    for index, minor in enumerate(minors):
        off = sum(each[index].money.minor for each in shares if index in each)
        assert 0 <= off <= max(minor, 0)
