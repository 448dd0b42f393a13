"""Several discounts over the lines of one invoice: in which order, of what, and what falls on each line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from apps.pricing.allocation import allocate
from apps.pricing.discounts import (
    Discount,
    DiscountAllocation,
    DiscountOrder,
    DiscountType,
    proportional_shares,
    spread_discount,
)
from apps.pricing.money import Money

GENERAL = 2


@dataclass(frozen=True, slots=True)
class LineDiscount:
    """A discount and the lines it may touch, by index.

    `rank` is how narrow it is: 0 limited to metrics, 1 to plans or products, 2 general.
    """

    discount: Discount
    lines: tuple[int, ...]
    rank: int = GENERAL


@dataclass(frozen=True, slots=True)
class Share:
    """What one discount takes off one line: exact in major units, and in whole minor units."""

    exact: Fraction
    money: Money


def discount_lines(
    amounts: Sequence[Money],
    discounts: Sequence[LineDiscount],
    *,
    order: DiscountOrder = DiscountOrder.METRIC_LIMITED_PLAN_LIMITED_GENERAL,
    allocation: DiscountAllocation = DiscountAllocation.LARGEST_REMAINDER,
) -> list[dict[int, Share]]:
    """Return for each discount, as given, its shares by line; a line it leaves alone is absent.

    Amounts are of one currency; a line of 0 or less is never discounted. Each discount works on what the
    earlier ones left (policy `discount_base` remaining), so no line falls below zero. The whole units of a
    discount sum to it rounded once; exact shares differ from them only under `proportional`.
    """
    exact = [Fraction(amount.major) for amount in amounts]
    left = list(amounts)
    taken: list[dict[int, Share]] = [{} for _ in discounts]
    for number in _in_turn(discounts, order):
        given = discounts[number]
        lines = [index for index in given.lines if left[index] > Money(0, left[index].currency)]
        shares = _shares(given.discount, [exact[i] for i in lines], [left[i] for i in lines], allocation)
        for index, share in zip(lines, shares, strict=True):
            exact[index] -= share.exact
            left[index] -= share.money
            if share.exact:
                taken[number][index] = share
    return taken


def _in_turn(discounts: Sequence[LineDiscount], order: DiscountOrder) -> list[int]:
    turn = list(range(len(discounts)))
    if order is DiscountOrder.METRIC_LIMITED_PLAN_LIMITED_GENERAL:
        turn.sort(key=lambda number: discounts[number].rank)
    elif order is DiscountOrder.PERCENT_THEN_FIXED:
        turn.sort(key=lambda number: discounts[number].discount.type is DiscountType.FIXED)
    return turn


def _shares(
    discount: Discount, exact: Sequence[Fraction], left: Sequence[Money], allocation: DiscountAllocation
) -> list[Share]:
    if not left:
        return []
    if allocation is not DiscountAllocation.PROPORTIONAL:
        fixed = discount.type is DiscountType.FIXED
        if fixed and allocation is DiscountAllocation.EACH_AMOUNT_ALONE:
            allocation = DiscountAllocation.LARGEST_REMAINDER
        parts = spread_discount(discount, left, allocation)
        return [Share(Fraction(part.major), part) for part in parts]
    taken = discount.of(sum(exact, Fraction(0)))
    whole = Money.total(left, left[0].currency)
    rounded = min(whole, Money.from_exact(taken, whole.currency))
    units = allocate(rounded.minor, [amount.minor for amount in left])
    return [
        Share(share, Money(part, whole.currency))
        for share, part in zip(proportional_shares(taken, exact), units, strict=True)
    ]
