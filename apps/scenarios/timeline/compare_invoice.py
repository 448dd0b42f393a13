"""An expected invoice beside an issued one: amounts in major units, periods in the customer's days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from apps.invoices.enums import LineKind
from apps.invoices.models import Invoice, InvoiceLine
from apps.pricing.exact import plain
from apps.pricing.money import Money
from apps.pricing.parameters import decimal_from
from apps.pricing.periods.wall_clock import local_day
from apps.scenarios.timeline.story import instant

Given = Mapping[str, Any]

# What external cases call the line of a plan's own fee.
FEE = "subscription"
AMOUNTS = {
    "subtotal": "subtotal_minor",
    "discount": "discount_minor",
    "tax": "tax_minor",
    "total": "total_minor",
    "owed": "due_minor",
}


def invoice_differences(expected: Given, invoice: Invoice, zone: str) -> list[str]:
    """What differs between an expected invoice and an issued one; fields left out are not looked at."""
    differences = []
    for name, column in AMOUNTS.items():
        if name in expected:
            found = Money(getattr(invoice, column), invoice.currency)
            differences += amount_differs(name, expected[name], found)
    plain_fields = {
        "kind": "invoice",
        "status": invoice.status,
        "currency": invoice.currency,
        "issued_on": invoice.finalized_at and local_day(invoice.finalized_at, zone).isoformat(),
    }
    for name, value in plain_fields.items():
        if name in expected and expected[name] != value:
            differences.append(f"{name}: expected {expected[name]}, found {value}")
    return differences + _lines_differ(expected, invoice, zone)


def invoice_title(invoice: Invoice) -> str:
    total = Money(invoice.total_minor, invoice.currency)
    lines = "; ".join(_title(line) for line in invoice.lines.all())
    return f"an invoice of {invoice.currency} {plain(total.major)} ({lines})"


def amount_differs(what: str, expected: str, found: Money) -> list[str]:
    """Compare an amount in major units with money."""
    wanted = decimal_from(expected, what)
    return [] if wanted == found.major else [f"{what}: expected {plain(wanted)}, found {plain(found.major)}"]


def _lines_differ(expected: Given, invoice: Invoice, zone: str) -> list[str]:
    """Lines have no order: each expected one takes the line that differs least from it."""
    if "lines" not in expected:
        return []
    left, differences = list(invoice.lines.all()), []
    for given in expected["lines"]:
        fitting = [line for line in left if "label" not in given or given["label"] in _labels(line)]
        if not fitting:
            differences.append(f"line {given.get('label')!r} of {given.get('amount')} is missing")
            continue
        line = min(fitting, key=lambda line: len(_line_differs(given, line, invoice.currency, zone)))
        left.remove(line)
        title = given.get("label", line.description)
        differences += [
            f"line {title!r}: {difference}"
            for difference in _line_differs(given, line, invoice.currency, zone)
        ]
    if not expected.get("partial"):
        differences += [f"line {_title(line)} was not expected" for line in left]
    return differences


def _labels(line: InvoiceLine) -> set[str]:
    """Every name by which people may know a line."""
    names = {line.description, *(line.snapshot.get(key) for key in ("price", "price_name", "meter"))}
    if line.kind == LineKind.RECURRING:
        names |= {FEE, line.snapshot.get("plan"), line.snapshot.get("plan_name")}
    return {name for name in names if name}


def _title(line: InvoiceLine) -> str:
    return f"{line.description!r} of {plain(Money(line.amount_minor, line.invoice.currency).major)}"


def _line_differs(given: Given, line: InvoiceLine, currency: str, zone: str) -> list[str]:
    differences = []
    if "amount" in given:
        differences += amount_differs("amount", given["amount"], Money(line.amount_minor, currency))
    if "quantity" in given and decimal_from(given["quantity"], "quantity") != line.quantity:
        differences.append(f"quantity: expected {given['quantity']}, found {plain(Decimal(line.quantity))}")
    for name, at in (("period_start", line.period_starts_at), ("period_end", line.period_ends_at)):
        if name in given and (at is None or instant(given[name], zone) != at):
            differences.append(f"{name}: expected {given[name]}, found {_shown(at, given[name], zone)}")
    return differences


def _shown(at: datetime | None, like: str, zone: str) -> str:
    """An instant as the case writes it: a local day where it is one, else an instant in UTC."""
    if at is None:
        return "none"
    if "T" not in like and instant(day := local_day(at, zone).isoformat(), zone) == at:
        return day
    return at.isoformat()
