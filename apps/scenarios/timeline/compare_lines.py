"""Expected lines beside those of an invoice: amounts in major units, periods in the customer's days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from apps.invoices.enums import LineKind
from apps.invoices.models import Invoice, InvoiceLine
from apps.pricing.exact import plain
from apps.pricing.money import Money
from apps.pricing.parameters import decimal_from
from apps.pricing.periods.wall_clock import local_day
from apps.scenarios.timeline.compare_amounts import amount_differs
from apps.scenarios.timeline.pairing import least_different
from apps.scenarios.timeline.story import instant

Given = Mapping[str, Any]

# What external cases call the line of a plan's own fee.
FEE = "subscription"
# Exact shares are written with seven decimals, rounded or cut.
SHOWN = Decimal("0.0000001")


def lines_differ(expected: Given, invoice: Invoice, zone: str, *, loose: bool) -> list[str]:
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
        differences += [f"line {line_title(line)} was not expected" for line in matched.left]
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
        differences += _numbers_differ(given, line)
        differences += self._parts_differ(given, line)
        for name, at in (("period_start", line.period_starts_at), ("period_end", line.period_ends_at)):
            if name in given and not self._is_at(given[name], at):
                shown = _shown(at, given[name], self.zone)
                differences.append(f"{name}: expected {given[name]}, found {shown}")
        return differences

    def _parts_differ(self, given: Given, line: InvoiceLine) -> list[str]:
        """The line's parts of the invoice's discount and tax, and its tax if it were alone."""
        alone = sum((Decimal(each["exact"]) for each in line.taxes), Decimal(0))
        parts = {
            "discount": Money(line.discount_minor, self.currency),
            "tax": Money(line.tax_minor, self.currency),
            "tax_alone": Money.from_exact(alone, self.currency),
        }
        return [
            difference
            for name, part in parts.items()
            if name in given
            for difference in amount_differs(name, given[name], part)
        ]

    def _is_at(self, given: str, at: datetime | None) -> bool:
        if at is None:
            return False
        if self.loose and "T" not in given:
            return local_day(at, self.zone).isoformat() == given
        return instant(given, self.zone) == at


def _numbers_differ(given: Given, line: InvoiceLine) -> list[str]:
    found = {
        "quantity": (line.quantity, Decimal(0)),
        "units": (line.quantity, Decimal(0)),
        "tax_percent": (line.tax_rate, Decimal(0)),
        "exact_discount": (line.exact_discount, SHOWN),
    }
    return [
        f"{name}: expected {given[name]}, found {plain(Decimal(number))}"
        for name, (number, beside) in found.items()
        if name in given and abs(decimal_from(given[name], name) - number) > beside
    ]


def labels_of(line: InvoiceLine) -> set[str]:
    """Every name by which people may know a line."""
    names = {line.description, *(line.snapshot.get(key) for key in ("price", "price_name", "meter"))}
    if line.kind == LineKind.RECURRING:
        names |= {FEE, line.snapshot.get("plan"), line.snapshot.get("plan_name")}
    return {name for name in names if name}


def line_title(line: InvoiceLine) -> str:
    return f"{line.description!r} of {plain(Money(line.amount_minor, line.invoice.currency).major)}"


def _shown(at: datetime | None, like: str, zone: str) -> str:
    """An instant as the case writes it: a local day where it is one, else an instant in UTC."""
    if at is None:
        return "none"
    if "T" not in like and instant(day := local_day(at, zone).isoformat(), zone) == at:
        return day
    return at.isoformat()
