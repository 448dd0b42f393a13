"""Decimal arithmetic that cannot lose a digit.

Python's default context keeps 28 digits and rounds the rest away silently. Inputs are limited to
`MAX_DIGITS` digits before and after the point (see parameters.py), so products and sums fit in this context;
should one not fit, the trap raises instead of rounding.
"""

from __future__ import annotations

import decimal
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from apps.pricing.errors import PricingError

MAX_DIGITS = 60
_PRECISION = 500


def _context() -> decimal.Context:
    return decimal.Context(
        prec=_PRECISION,
        rounding=decimal.ROUND_HALF_UP,
        Emin=-10_000,
        Emax=10_000,
        traps=[decimal.Inexact, decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow],
    )


_EXACT = _context()
ZERO = Decimal(0)


def exact_fraction(value: object, field: str = "") -> Fraction:
    """Return a Decimal, Fraction or integer as a fraction, without loss.

    Raises:
        PricingError: `float_refused` for a float; `not_a_number` for anything else, NaN included.
    """
    if isinstance(value, float):
        raise PricingError("float_refused", "a float is never an exact number", field)
    if isinstance(value, Fraction):
        return value
    if isinstance(value, int) or (isinstance(value, Decimal) and value.is_finite()):
        return Fraction(value)
    raise PricingError("not_a_number", f"{value!r} is not an exact number", field)


def product(left: Decimal, right: Decimal) -> Decimal:
    """Return left x right, exact."""
    return _EXACT.multiply(left, right)


def total(parts: Iterable[Decimal]) -> Decimal:
    """Return the sum of the parts, exact; 0 for none."""
    result = ZERO
    for part in parts:
        result = _EXACT.add(result, part)
    return result


def difference(left: Decimal, right: Decimal) -> Decimal:
    """Return left - right, exact."""
    return _EXACT.subtract(left, right)


def percent(rate: Decimal) -> Decimal:
    """Return a percentage as a factor, exact: 1.3 is 0.013."""
    return _EXACT.scaleb(rate, -2)


def started_blocks(quantity: Decimal, size: Decimal) -> Decimal:
    """Return how many blocks of `size` (> 0) a `quantity` (>= 0) begins: none for 0, one up to `size`."""
    whole = _EXACT.divide_int(quantity, size)
    rest = _EXACT.remainder(quantity, size)
    return _EXACT.add(whole, 1) if rest else whole


def plain(value: Decimal) -> str:
    """Write a decimal without exponent and without trailing zeros: 1E+3 is `1000`, 0.50 is `0.5`."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text
