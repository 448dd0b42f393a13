"""Tax of the lines of one document: how it is rounded, and how the lines share what was rounded together."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import floor

from apps.pricing.currencies import exponent
from apps.pricing.errors import PricingError
from apps.pricing.exact import exact_fraction
from apps.pricing.money import Money

Cell = tuple[int, int]
"""One tax of one line: their indices."""


class TaxRounding(StrEnum):
    """Policy `tax_rounding`: what is summed before the tax is rounded, half away from zero."""

    PER_RATE = "per_rate"
    """All lines of one tax (EN 16931, BR-CO-17). The default."""
    INVOICE_ONCE = "invoice_once"
    """All taxes of all lines."""
    PER_LINE = "per_line"
    """Each tax of each line alone."""


@dataclass(frozen=True, slots=True)
class LineRate:
    """A tax on a line: `key` tells taxes apart, `percent` is 19 for 19 %; a parallel one, not tax on tax."""

    key: Hashable
    percent: Decimal


@dataclass(frozen=True, slots=True)
class TaxableLine:
    """What is taxed of one line in major units: net of discounts; gross where the tax is `included`.

    With `taxes` these are its exact taxes, one for each rate, as of a line that takes others' taxes back.
    """

    amount: Fraction
    rates: tuple[LineRate, ...]
    included: bool = False
    taxes: tuple[Fraction, ...] | None = None


@dataclass(frozen=True, slots=True)
class LineTax:
    """One tax of one line: exact in major units, and its share of what was rounded together."""

    exact: Fraction
    money: Money


def tax_lines(
    lines: Sequence[TaxableLine], currency: str, rounding: TaxRounding = TaxRounding.PER_RATE
) -> list[list[LineTax]]:
    """Return for each line its taxes, in the order of its rates.

    What is rounded together is rounded once; the lines' parts are cut down to the minor unit, and what is
    left goes to the largest remainders (then in their order): line taxes always sum to the document's tax.
    An included tax is taken out of the gross amount, which does not change: gross x rates / (1 + rates).

    Raises:
        PricingError: `negative` rate, `float_refused`.
    """
    exact = {cell: amount for index, line in enumerate(lines) for cell, amount in _exact(index, line)}
    minor: dict[Cell, int] = {}
    for cells in _groups(lines, rounding).values():
        total = _rounded(lines, cells, exact, currency, rounding)
        minor |= _shared(total, {cell: exact[cell] * 10 ** exponent(currency) for cell in cells})
    return [
        [LineTax(exact[index, at], Money(minor[index, at], currency)) for at, _ in enumerate(line.rates)]
        for index, line in enumerate(lines)
    ]


def _exact(index: int, line: TaxableLine) -> list[tuple[Cell, Fraction]]:
    factors = [exact_fraction(rate.percent, "percent") / 100 for rate in line.rates]
    if any(factor < 0 for factor in factors):
        raise PricingError("negative", "a tax rate must not be negative", "percent")
    if line.taxes is not None:
        return [((index, at), tax) for at, tax in enumerate(line.taxes)]
    base = line.amount / (1 + sum(factors, Fraction(0))) if line.included else line.amount
    return [((index, at), base * factor) for at, factor in enumerate(factors)]


def _groups(lines: Sequence[TaxableLine], rounding: TaxRounding) -> Mapping[Hashable, list[Cell]]:
    groups: dict[Hashable, list[Cell]] = {}
    for index, line in enumerate(lines):
        keys = tuple(rate.key for rate in line.rates)
        for at, rate in enumerate(line.rates):
            group: Hashable = ()
            if rounding is TaxRounding.PER_LINE:
                group = (index,) if line.included else (index, at)
            elif rounding is TaxRounding.PER_RATE:
                # Taxes that are taken out of the same gross amounts leave one net amount.
                group = ("gross", keys) if line.included else ("net", rate.key)
            groups.setdefault(group, []).append((index, at))
    return groups


def _rounded(
    lines: Sequence[TaxableLine],
    cells: Sequence[Cell],
    exact: Mapping[Cell, Fraction],
    currency: str,
    rounding: TaxRounding,
) -> int:
    """What is rounded together, in minor units. Of gross amounts the net is rounded: the rest is tax."""
    tax = sum((exact[cell] for cell in cells), Fraction(0))
    if rounding is TaxRounding.INVOICE_ONCE or not lines[cells[0][0]].included:
        return Money.from_exact(tax, currency).minor
    gross = sum((lines[index].amount for index in dict.fromkeys(index for index, _ in cells)), Fraction(0))
    return Money.from_exact(gross, currency).minor - Money.from_exact(gross - tax, currency).minor


def _shared(total: int, exact: Mapping[Cell, Fraction]) -> dict[Cell, int]:
    parts = {cell: floor(amount) for cell, amount in exact.items()}
    by_remainder = sorted(exact, key=lambda cell: parts[cell] - exact[cell])
    # Around a net amount of half a unit the total may be a unit below what the parts are cut down to.
    for cell in by_remainder[: max(total - sum(parts.values()), 0)]:
        parts[cell] += 1
    return parts
