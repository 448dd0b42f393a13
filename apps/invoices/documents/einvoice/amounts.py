"""What a document's lines, discounts and taxes come to in the terms of an e-invoice: net, and per category.

The standard knows net prices only. What is taken off a gross price is taken off net, so each share is freed
of its tax here, rounded once, and the price takes what that leaves: a line's net amount is never touched.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from apps.invoices.documents.einvoice.terms import OUTSIDE, Allowance, VatCategory
from apps.invoices.documents.labels import Labels
from apps.pricing.money import Money

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NetLine:
    """A line in net minor units: `base` - what was taken off it - its share of the document's = `net`."""

    line: Row
    category: VatCategory
    net: int
    off_line: tuple[tuple[str, int], ...]
    """Taken off this line: (reason, minor units); negative where it was put on."""
    off_document: tuple[tuple[str, int], ...]

    @property
    def line_net(self) -> int:
        """BT-131."""
        return self.net + sum(minor for _, minor in self.off_document)

    @property
    def base(self) -> int:
        """Quantity times net price."""
        return self.line_net + sum(minor for _, minor in self.off_line)


def category_of(row: Row) -> VatCategory:
    code = str(row["category"])
    return VatCategory(code, None if code == OUTSIDE else Decimal(row["percent"]).normalize() + Decimal(0))


def net_lines(snapshot: Row, labels: Labels) -> list[NetLine]:
    """Take apart what stands on each line; a line whose tax nobody told is outside the scope of tax."""
    everywhere = _everywhere(snapshot["lines"])
    return [_net_line(line, snapshot, everywhere, labels) for line in snapshot["lines"]]


def _net_line(line: Row, snapshot: Row, everywhere: frozenset[str], labels: Labels) -> NetLine:
    included = line["tax_minor"] if line["tax_included"] else 0
    net = line["amount_minor"] - line["discount_minor"] - line["progressive_minor"] - included
    off_line, off_document = _taken_off(line, everywhere, labels)
    percent = Decimal(line["tax_rate"]) if line["tax_included"] else Decimal(0)
    return NetLine(
        line,
        _category_of_line(line, snapshot["taxes"]),
        net,
        _without_tax(off_line, percent, snapshot["currency"]),
        _without_tax(off_document, percent, snapshot["currency"]),
    )


def _everywhere(lines: Sequence[Row]) -> frozenset[str]:
    """The discounts that every line of an amount has a part of: those of the whole document."""
    priced = [{each["id"] for each in line["discounts"]} for line in lines if line["amount_minor"]]
    return frozenset(set.intersection(*priced)) if priced else frozenset()


def _taken_off(
    line: Row, everywhere: frozenset[str], labels: Labels
) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    off_line: list[tuple[str, int]] = []
    off_document: list[tuple[str, int]] = []
    for each in line["discounts"]:
        (off_document if each["id"] in everywhere else off_line).append((each["name"], each["minor"]))
    told = sum(each["minor"] for each in line["discounts"])
    off_line.append((labels["discount"], line["discount_minor"] - told))
    off_document.append((labels["progressive_credit"], line["progressive_minor"]))
    return off_line, off_document


def _without_tax(
    parts: Sequence[tuple[str, int]], percent: Decimal, currency: str
) -> tuple[tuple[str, int], ...]:
    share = Fraction(100) / (100 + Fraction(percent))
    freed = ((reason, _times(minor, share, currency)) for reason, minor in parts)
    return tuple((reason, minor) for reason, minor in freed if minor)


def _times(minor: int, share: Fraction, currency: str) -> int:
    return Money.from_exact(Fraction(Money(minor, currency).major) * share, currency).minor


def _category_of_line(line: Row, taxes: Sequence[Row]) -> VatCategory:
    named = {each["tax"] for each in line["taxes"]}
    own = {category_of(row) for row in taxes if row["position"] in named}
    if not own and line["tax_minor"]:
        own = {category_of(row) for row in taxes if Decimal(row["percent"]) == Decimal(line["tax_rate"])}
    if not own and len(taxes) == 1:
        own = {category_of(taxes[0])}
    return own.pop() if len(own) == 1 else VatCategory(OUTSIDE, None)


def document_allowances(lines: Sequence[NetLine], currency: str) -> tuple[Allowance, ...]:
    """Sum the shares of what was taken off the document: the standard wants one row per category of tax."""
    sums: dict[tuple[str, VatCategory], int] = defaultdict(int)
    for line in lines:
        for reason, minor in line.off_document:
            sums[reason, line.category] += minor
    return tuple(
        allowance_of(reason, minor, currency, category) for (reason, category), minor in sums.items() if minor
    )


def allowance_of(reason: str, minor: int, currency: str, category: VatCategory | None = None) -> Allowance:
    """What is taken off, or below zero put on: what a line that gives back a part has its share of turned."""
    return Allowance(Money(abs(minor), currency).major, reason, is_charge=minor < 0, category=category)
