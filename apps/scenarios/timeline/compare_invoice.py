"""An expected invoice beside an issued one: amounts in major units, periods in the customer's days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from apps.invoices.enums import InvoiceStatus, LineKind
from apps.invoices.models import Invoice, InvoiceLine
from apps.pricing.exact import plain
from apps.pricing.money import Money
from apps.pricing.parameters import decimal_from
from apps.pricing.periods.wall_clock import local_day
from apps.scenarios.timeline.compare_amounts import amount_differs, amounts_differ
from apps.scenarios.timeline.pairing import least_different
from apps.scenarios.timeline.story import instant

Given = Mapping[str, Any]

# What external cases call the line of a plan's own fee.
FEE = "subscription"
AMOUNTS = {
    "subtotal": "subtotal_minor",
    "discount": "discount_minor",
    "tax": "tax_minor",
    "progressive_credit": "progressive_credit_minor",
    "total": "total_minor",
    "balance_credited": "balance_credited_minor",
    "balance_applied": "balance_applied_minor",
    "owed": "due_minor",
}
ISSUED = "issued"
_NOT_ISSUED = (InvoiceStatus.DRAFT, InvoiceStatus.CLOSED)


def invoice_differences(expected: Given, invoice: Invoice, zone: str, *, loose: bool = False) -> list[str]:
    """What differs between an expected invoice and an issued one; fields left out are not looked at.

    A `loose` expectation is somebody else's: names of lines are prose, lines of zero may be left out on both
    sides, and the day of a period says nothing of the clock time.
    """
    differences = amounts_differ(expected, invoice, AMOUNTS)
    if "payable" in expected:
        payable = Money(invoice.total_minor - invoice.balance_applied_minor, invoice.currency)
        differences += amount_differs("payable", expected["payable"], payable)
    plain_fields = {
        "kind": expected.get("kind") if loose else "invoice",
        "status": ISSUED if _is(expected, ISSUED, invoice) else invoice.status,
        "currency": invoice.currency,
        "issued_on": invoice.finalized_at and local_day(invoice.finalized_at, zone).isoformat(),
    }
    for name, value in plain_fields.items():
        if name in expected and expected[name] != value:
            differences.append(f"{name}: expected {expected[name]}, found {value}")
    return differences + _lines_differ(expected, invoice, zone, loose=loose)


def invoice_title(invoice: Invoice) -> str:
    total = Money(invoice.total_minor, invoice.currency)
    lines = "; ".join(_title(line) for line in invoice.lines.all())
    return f"an invoice of {invoice.currency} {plain(total.major)} ({lines})"


def _is(expected: Given, status: str, invoice: Invoice) -> bool:
    return expected.get("status") == status and invoice.status not in _NOT_ISSUED


def _lines_differ(expected: Given, invoice: Invoice, zone: str, *, loose: bool) -> list[str]:
    """Lines have no order: each expected one takes the line that differs least from it."""
    if "lines" not in expected:
        return []
    found, wanted = list(invoice.lines.all()), expected["lines"]
    if loose:
        found = [line for line in found if line.amount_minor]
        wanted = [given for given in wanted if decimal_from(given.get("amount", "1"), "amount")]
    reading = _Reading(invoice.currency, zone, loose)
    matched = least_different(wanted, found, reading.cost)
    differences = []
    for given, line in matched.both:
        if line is None:
            differences.append(f"line {given.get('label')!r} of {given.get('amount')} is missing")
            continue
        title = given.get("label", line.description)
        differences += [f"line {title!r}: {difference}" for difference in reading.differences(given, line)]
    if not expected.get("partial"):
        differences += [f"line {_title(line)} was not expected" for line in matched.left]
    return differences


@dataclass(frozen=True, slots=True)
class _Reading:
    """How expected lines of one invoice are read."""

    currency: str
    zone: str
    loose: bool

    def cost(self, given: Given, line: InvoiceLine) -> float | None:
        is_named = "label" not in given or given["label"] in labels_of(line)
        if not is_named and not self.loose:
            return None
        return len(self.differences(given, line)) + (0 if is_named else 0.5)

    def differences(self, given: Given, line: InvoiceLine) -> list[str]:
        differences = []
        if "amount" in given:
            differences += amount_differs("amount", given["amount"], Money(line.amount_minor, self.currency))
        for name in ("quantity", "units"):
            if name in given and decimal_from(given[name], name) != line.quantity:
                found = plain(Decimal(line.quantity))
                differences.append(f"{name}: expected {given[name]}, found {found}")
        for name, at in (("period_start", line.period_starts_at), ("period_end", line.period_ends_at)):
            if name in given and not self._is_at(given[name], at):
                shown = _shown(at, given[name], self.zone)
                differences.append(f"{name}: expected {given[name]}, found {shown}")
        return differences

    def _is_at(self, given: str, at: datetime | None) -> bool:
        if at is None:
            return False
        if self.loose and "T" not in given:
            return local_day(at, self.zone).isoformat() == given
        return instant(given, self.zone) == at


def labels_of(line: InvoiceLine) -> set[str]:
    """Every name by which people may know a line."""
    names = {line.description, *(line.snapshot.get(key) for key in ("price", "price_name", "meter"))}
    if line.kind == LineKind.RECURRING:
        names |= {FEE, line.snapshot.get("plan"), line.snapshot.get("plan_name")}
    return {name for name in names if name}


def _title(line: InvoiceLine) -> str:
    return f"{line.description!r} of {plain(Money(line.amount_minor, line.invoice.currency).major)}"


def _shown(at: datetime | None, like: str, zone: str) -> str:
    """An instant as the case writes it: a local day where it is one, else an instant in UTC."""
    if at is None:
        return "none"
    if "T" not in like and instant(day := local_day(at, zone).isoformat(), zone) == at:
        return day
    return at.isoformat()
