from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from apps.pricing.errors import PricingError
from apps.pricing.exact import exact_fraction, plain


class Rounding(StrEnum):
    """How an exact number becomes a whole number of units."""

    HALF_UP = "half_up"
    """To the nearest; a half away from zero. The default for money."""
    HALF_EVEN = "half_even"
    """To the nearest; a half to the even neighbour."""
    TRUNCATE = "truncate"
    """Toward zero."""
    UP = "up"
    """Toward plus infinity."""
    DOWN = "down"
    """Toward minus infinity."""
    NONE = "none"
    """Refuses a number that is not whole already."""


def rounded_units(
    exact: Decimal | Fraction | int, decimals: int = 0, rounding: Rounding = Rounding.HALF_UP
) -> int:
    """Return `exact` counted in units of 10^-decimals, rounded to a whole number of them.

    `rounded_units(Decimal("1.005"), 2)` is 101. Negative `decimals` round to tens and hundreds. The number is
    taken as an exact fraction, so no digit is lost before the one rounding.

    Raises:
        PricingError: `float_refused`, `not_a_number`; `not_exact` when `Rounding.NONE` would drop a rest.
    """
    return _ROUND[rounding](exact_fraction(exact) * Fraction(10) ** decimals)


QUOTIENT_DECIMALS = 30
"""Decimals of a division that does not end, such as a third: far below any minor unit."""


def rounded_decimal(
    exact: Decimal | Fraction | int, decimals: int = QUOTIENT_DECIMALS, rounding: Rounding = Rounding.HALF_UP
) -> Decimal:
    """Return `exact` rounded to so many decimals, as a Decimal; a number with fewer is returned as it is.

    Raises:
        PricingError: as `rounded_units`.
    """
    units = rounded_units(exact, decimals, rounding)
    digits = tuple(int(digit) for digit in str(abs(units)))
    return Decimal(plain(Decimal((1 if units < 0 else 0, digits, -decimals))))


def _half_up(value: Fraction) -> int:
    magnitude = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return magnitude if value >= 0 else -magnitude


def _half_even(value: Fraction) -> int:
    floor, rest = divmod(value.numerator, value.denominator)
    twice = 2 * rest
    goes_up = twice > value.denominator or (twice == value.denominator and floor % 2 == 1)
    return floor + 1 if goes_up else floor


def _truncate(value: Fraction) -> int:
    magnitude = abs(value.numerator) // value.denominator
    return magnitude if value >= 0 else -magnitude


def _up(value: Fraction) -> int:
    return -(-value.numerator // value.denominator)


def _down(value: Fraction) -> int:
    return value.numerator // value.denominator


def _none(value: Fraction) -> int:
    if value.denominator != 1:
        raise PricingError("not_exact", "the amount has a part smaller than its unit and must not be rounded")
    return value.numerator


_ROUND: dict[Rounding, Callable[[Fraction], int]] = {
    Rounding.HALF_UP: _half_up,
    Rounding.HALF_EVEN: _half_even,
    Rounding.TRUNCATE: _truncate,
    Rounding.UP: _up,
    Rounding.DOWN: _down,
    Rounding.NONE: _none,
}


KEPT_DECIMALS = 18


def kept_exact(exact: Decimal | Fraction | int) -> Decimal:
    """Return an exact amount as it is kept beside its rounded one: 18 decimals, half away from zero.

    It shows where a share came from; amounts are never computed from it but where it is exact.
    """
    units = rounded_units(exact, KEPT_DECIMALS)
    return Decimal(units).scaleb(-KEPT_DECIMALS) if units else Decimal(0)
