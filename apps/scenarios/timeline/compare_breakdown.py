"""What was taken off a document, by whom, and its taxes by rate: as a person reads the totals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from apps.invoices.models import CreditNote, Invoice, InvoiceDiscount
from apps.invoices.models.breakdown import TaxBreakdown
from apps.pricing.exact import plain
from apps.pricing.money import Money
from apps.pricing.parameters import decimal_from
from apps.scenarios.timeline.compare_amounts import amount_differs
from apps.scenarios.timeline.pairing import least_different

Given = Mapping[str, Any]
Row = TypeVar("Row", InvoiceDiscount, TaxBreakdown)

_TEXTS = ("name", "jurisdiction", "category", "note")


def discounts_differ(expected: Given, invoice: Invoice) -> list[str]:
    """`discounts`: all that was taken off, by its name on the invoice."""
    if "discounts" not in expected:
        return []

    def differ(given: Given, row: InvoiceDiscount) -> list[str]:
        money = Money(row.amount_minor, invoice.currency)
        told = [] if "amount" not in given else amount_differs("amount", given["amount"], money)
        return told + _texts_differ(given, row)

    found = list(invoice.discounts.all())
    return _differ("discount", expected["discounts"], found, differ)


def taxes_differ(expected: Given, document: Invoice | CreditNote) -> list[str]:
    """`taxes`: every row of the breakdown, with what it was taken of."""
    if "taxes" not in expected:
        return []

    def differ(given: Given, row: TaxBreakdown) -> list[str]:
        told = _texts_differ(given, row)
        if "percent" in given and decimal_from(given["percent"], "percent") != row.percent:
            told.append(f"percent: expected {given['percent']}, found {plain(row.percent)}")
        for name, minor in (("taxable", row.taxable_minor), ("tax", row.tax_minor)):
            if name in given:
                told += amount_differs(name, given[name], Money(minor, document.currency))
        return told

    found: list[TaxBreakdown] = list(document.taxes.all())
    return _differ("tax", expected["taxes"], found, differ)


def _texts_differ(given: Given, row: InvoiceDiscount | TaxBreakdown) -> list[str]:
    return [
        f"{name}: expected {given[name]}, found {getattr(row, name)}"
        for name in _TEXTS
        if name in given and given[name] != getattr(row, name)
    ]


def _differ(
    what: str, expected: Sequence[Given], found: Sequence[Row], differ: Callable[[Given, Row], list[str]]
) -> list[str]:
    matched = least_different(expected, found, lambda given, row: len(differ(given, row)))
    differences = []
    for given, row in matched.both:
        title = f"{what} {given.get('name', given.get('percent'))!r}"
        told = [f"{title}: {difference}" for difference in differ(given, row)] if row is not None else []
        differences += told if row is not None else [f"{title} is missing"]
    return differences + [f"{what} {str(row)!r} was not expected" for row in matched.left]
