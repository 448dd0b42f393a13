"""Discounts: how much one takes off, how several stack, and how one is spread over lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from apps.pricing.allocation import allocate
from apps.pricing.errors import PricingError
from apps.pricing.exact import exact_fraction
from apps.pricing.money import Money
from apps.pricing.parameters import Parameters, read_choice, read_decimal, refuse_unknown
from apps.pricing.rounding import Rounding

Amount = Decimal | Fraction | int
ZERO = Fraction(0)


class DiscountType(StrEnum):
    PERCENT = "percent"
    FIXED = "fixed"


class DiscountOrder(StrEnum):
    """Policy `discount_order`: which of several discounts is taken first, each from what is then left."""

    METRIC_LIMITED_PLAN_LIMITED_GENERAL = "metric_limited_plan_limited_general"
    """The narrowest first: limited to metrics, to plans, general; the default on invoices."""
    PERCENT_THEN_FIXED = "percent_then_fixed"
    """All percentages, then the fixed amounts."""
    ORDER_OF_APPLICATION = "order_of_application"
    """One after another as they were applied."""


class DiscountAllocation(StrEnum):
    """Policy `discount_allocation`: how one discount is spread over several amounts."""

    LARGEST_REMAINDER = "largest_remainder"
    """Shares cut to the minor unit; what is left goes to the largest remainders. The default."""
    LAST_LINE = "last_line"
    """Rounded shares; the last amount takes the rest."""
    PROPORTIONAL = "proportional"
    """Exact shares: what is taxed of a line is not rounded before its tax is."""
    EACH_AMOUNT_ALONE = "each_amount_alone"
    """A percentage of each amount, rounded alone: the sum may differ from the discount of the sum."""


@dataclass(frozen=True, slots=True)
class Discount:
    """A percentage (25 is 25 %, at most 100) or a fixed amount in major units; never negative."""

    type: DiscountType
    value: Decimal

    @classmethod
    def parse(cls, parameters: Parameters) -> Discount:
        """Read `{"type": "percent", "percent": "25"}` or `{"type": "fixed", "amount": "15"}`.

        Raises:
            PricingError: `unknown_parameter`, `unknown_choice`, `missing`, `negative`, `above_100`.
        """
        kind = read_choice(parameters, "type", DiscountType.PERCENT)
        key = "percent" if kind is DiscountType.PERCENT else "amount"
        refuse_unknown(parameters, {"type", key})
        value = read_decimal(parameters, key)
        if kind is DiscountType.PERCENT and value > 100:
            raise PricingError("above_100", "a discount takes off at most 100 percent", "percent")
        return cls(kind, value)

    def of(self, amount: Amount) -> Fraction:
        """Return what the discount takes off an amount (>= 0, major units): exact, at most the amount."""
        base = exact_fraction(amount, "amount")
        if self.type is DiscountType.PERCENT:
            return base * Fraction(self.value) / 100
        return min(Fraction(self.value), base)


def stacked_discounts(
    base: Amount, discounts: Sequence[Discount], order: DiscountOrder = DiscountOrder.PERCENT_THEN_FIXED
) -> list[Fraction]:
    """Return what each discount takes off `base` (major units), exact, in the order they were given.

    Each is taken from what the earlier ones left, so together they never take more than the base.
    """
    left, taken = exact_fraction(base, "base"), [ZERO] * len(discounts)
    turn = list(range(len(discounts)))
    if order is DiscountOrder.PERCENT_THEN_FIXED:
        turn.sort(key=lambda index: discounts[index].type is DiscountType.FIXED)
    for index in turn:
        taken[index] = discounts[index].of(left)
        left -= taken[index]
    return taken


def spread_discount(
    discount: Discount,
    amounts: Sequence[Money],
    allocation: DiscountAllocation = DiscountAllocation.LARGEST_REMAINDER,
    rounding: Rounding = Rounding.HALF_UP,
) -> list[Money]:
    """Return the part of a discount that falls on each amount (>= 0, one currency): positive, whole units.

    The parts sum to the discount of the sum, rounded once and never more than the sum; only
    `each_amount_alone` rounds each part instead, and is for percentages.

    Raises:
        PricingError: `fixed_amount_not_spread` for a fixed amount under `each_amount_alone`.
    """
    if not amounts:
        return []
    if allocation is DiscountAllocation.EACH_AMOUNT_ALONE:
        return [_alone(discount, amount, rounding) for amount in amounts]
    currency = amounts[0].currency
    whole = Money.total(amounts, currency)
    taken = Money.from_exact(discount.of(whole.major), currency, rounding)
    if allocation is DiscountAllocation.LAST_LINE:
        return _last_takes_rest(taken, amounts, rounding)
    parts = allocate(taken.minor, [amount.minor for amount in amounts])
    return [Money(part, currency) for part in parts]


def proportional_shares(total: Amount, weights: Sequence[Amount]) -> list[Fraction]:
    """Return exact shares of a total in proportion to weights (>= 0): nothing is rounded; policy
    `discount_allocation` proportional.

    Raises:
        PricingError: `no_weight` when a total meets only zeros.
    """
    exact = [exact_fraction(weight, "weights") for weight in weights]
    whole, amount = sum(exact, ZERO), exact_fraction(total, "total")
    if not whole:
        if amount:
            raise PricingError("no_weight", "an amount cannot be split without a positive weight", "weights")
        return [ZERO] * len(exact)
    return [amount * weight / whole for weight in exact]


def _alone(discount: Discount, amount: Money, rounding: Rounding) -> Money:
    if discount.type is DiscountType.FIXED:
        raise PricingError("fixed_amount_not_spread", "a fixed amount cannot be taken off each amount alone")
    return Money.from_exact(discount.of(amount.major), amount.currency, rounding)


def _last_takes_rest(taken: Money, amounts: Sequence[Money], rounding: Rounding) -> list[Money]:
    shares = proportional_shares(taken.major, [amount.major for amount in amounts])
    parts, left = [], taken
    for share in shares[:-1]:
        # Rounded up one after another, many small shares can use up the discount before the last line.
        part = min(left, Money.from_exact(share, taken.currency, rounding))
        parts.append(part)
        left -= part
    return [*parts, left]
