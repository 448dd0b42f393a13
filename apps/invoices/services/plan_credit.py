from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from apps.invoices.enums import Disposition, InvoiceStatus, LineKind
from apps.invoices.errors import CreditRefused
from apps.invoices.models import CreditNoteLine, Invoice, InvoiceLine
from apps.invoices.selectors import CreditedParts, creditable_of, credited_parts_of, refunded_of
from apps.invoices.tax_selectors import taxes_credited_of
from apps.pricing.allocation import allocate
from apps.pricing.credits import credit_amounts
from apps.pricing.money import Money

CREDITABLE = (InvoiceStatus.OPEN, InvoiceStatus.PAID, InvoiceStatus.UNCOLLECTIBLE)


@dataclass(frozen=True, slots=True)
class CreditItem:
    """What is to be given back of one invoice line: `exact_amount` in major units, or `amount_minor`.

    With both, `amount_minor` is the exact amount as the plan's rule rounds it. They are positive and of the
    line's price, before discount and tax, as the line's own amount is. The period is half-open UTC.
    """

    line_id: int
    exact_amount: Decimal | None = None
    amount_minor: int | None = None
    description: str = ""
    quantity: Decimal | None = None
    period_starts_at: datetime | None = None
    period_ends_at: datetime | None = None
    trace: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class CreditPlan:
    """A credit note to be: lines without a note, its sums, and where the total goes, in minor units."""

    lines: Sequence[CreditNoteLine]
    subtotal_minor: int
    discount_minor: int
    tax_minor: int
    refund_minor: int
    balance_minor: int
    offset_minor: int

    @property
    def tax_included_minor(self) -> int:
        """The part of the tax that stands in the subtotal: that of lines with gross prices."""
        return sum(line.tax_minor for line in self.lines if line.tax_included)

    @property
    def total_minor(self) -> int:
        """Net of discount, with tax."""
        return self.subtotal_minor - self.discount_minor + self.tax_minor - self.tax_included_minor


def plan_credit(
    *, invoice: Invoice, items: Sequence[CreditItem], disposition: Disposition, cap: bool = False
) -> CreditPlan:
    """Work out a credit note without writing anything: what staff see before they issue it.

    Each item's discount share and tax follow its line's in proportion, from the exact amount, each rounded
    once, half away from zero; the item that exhausts a line takes what is left of both. An item of 0 is left
    out. With `cap` an item above what is left of its line gives that instead of being refused.

    Raises:
        CreditRefused: the invoice is not issued or is void; an item is negative, of another invoice or above
            what is left of its line; more is to be offset than is due (409).
    """
    if invoice.status not in CREDITABLE:
        raise CreditRefused(f"Invoice {invoice} is {invoice.status}; only an issued one can be credited.")
    lines = _credit_lines(invoice, items, cap=cap)
    subtotal = sum(line.amount_minor for line in lines)
    discount = sum(line.discount_minor for line in lines)
    tax = sum(line.tax_minor for line in lines)
    included = sum(line.tax_minor for line in lines if line.tax_included)
    refund, balance, offset = _split(invoice, subtotal - discount + tax - included, disposition)
    return CreditPlan(lines, subtotal, discount, tax, refund, balance, offset)


def _credit_lines(invoice: Invoice, items: Sequence[CreditItem], *, cap: bool) -> list[CreditNoteLine]:
    billed = {line.pk: line for line in invoice.lines.all()}
    given = credited_parts_of(list(billed))
    left = creditable_of(list(billed.values()))
    taxes_given = taxes_credited_of(list(billed.values()))
    lines: list[CreditNoteLine] = []
    for item in items:
        line = billed.get(item.line_id)
        if line is None:
            raise CreditRefused("An item is no line of this invoice.", field="items")
        if line.kind == LineKind.TOP_UP:
            raise CreditRefused("Prepaid credit is given back by voiding its grant.", field="items")
        parts = given.get(line.pk, CreditedParts())
        amount = _capped(item, line, left[line.pk], invoice.currency, cap=cap)
        if amount is not None:
            made = _credit_line(line, item, amount, parts)
            made.taxes = _split_tax(line, made.tax_minor, taxes_given)
            made.position = len(lines) + 1
            lines.append(made)
            taxes_given.update({(line.pk, each["tax"]): each["minor"] for each in made.taxes})
            given[line.pk] = parts.plus(made)
            left[line.pk] -= made.amount_minor
    return lines


@dataclass(frozen=True, slots=True)
class _Amount:
    """An item's amount: exact in major units, and rounded."""

    exact: Decimal
    minor: int
    currency: str


def _capped(item: CreditItem, line: InvoiceLine, left: int, currency: str, *, cap: bool) -> _Amount | None:
    """What an item gives back of a line with `left` minor units to be credited; None for nothing."""
    asked, left = _asked(item, currency), max(left, 0)
    if asked.minor > left:
        if not cap:
            shown = f"{Money(left, currency).major} {currency}"
            raise CreditRefused(f"'{line.description}' has {shown} left to be credited.", field="items")
        asked = _Amount(Money(left, currency).major, left, currency)
    return asked if asked.minor else None


def _asked(item: CreditItem, currency: str) -> _Amount:
    exact, minor = item.exact_amount, item.amount_minor
    if exact is None:
        if minor is None:
            raise CreditRefused("An item has an exact amount or minor units.", field="items")
        exact = Money(minor, currency).major
    rounded = Money.from_exact(exact, currency).minor
    minor = rounded if minor is None else minor
    if exact < 0 or minor < 0:
        raise CreditRefused("A credit is not negative.", field="items")
    # No rule of rounding is further off.
    if abs(minor - rounded) > 1:
        raise CreditRefused("The exact amount and the minor units of an item differ.", field="items")
    return _Amount(exact, minor, currency)


def _credit_line(
    line: InvoiceLine, item: CreditItem, amount: _Amount, given: CreditedParts
) -> CreditNoteLine:
    discount, tax = _shares(line, amount)
    discount_left = max(line.discount_minor - given.discount_minor, 0)
    tax_left = max(line.tax_minor - given.tax_minor, 0)
    exhausts = amount.minor == _billed_minor(line) - given.amount_minor
    tax = tax_left if exhausts else min(tax, tax_left)
    # Small parts that are rounded up never give back more than was paid for all of them.
    net_left = _billed_minor(line) - given.amount_minor - discount_left
    discount = max(min(discount, discount_left), amount.minor - net_left)
    return CreditNoteLine(
        invoice_line=line,
        description=item.description or line.description,
        quantity=item.quantity,
        exact_amount=amount.exact,
        amount_minor=amount.minor,
        discount_minor=discount_left if exhausts else discount,
        tax_minor=tax,
        tax_rate=line.tax_rate,
        tax_included=line.tax_included,
        period_starts_at=item.period_starts_at,
        period_ends_at=item.period_ends_at,
        trace=dict(item.trace),
    )


def _shares(line: InvoiceLine, amount: _Amount) -> tuple[int, int]:
    """(discount, tax) of a part of a line in minor units; the tax on the part before it is rounded."""
    # Where the plan's rule rounded otherwise, what it gave is what is shared out.
    as_rounded = Money.from_exact(amount.exact, amount.currency).minor == amount.minor
    exact = amount.exact if as_rounded else Money(amount.minor, amount.currency).major
    net = Fraction(exact) * (1 - Fraction(line.discount_minor, _billed_minor(line)))
    taxed = _billed_minor(line) - line.discount_minor
    # A line without a rate was taxed by somebody else: its tax is in proportion to what was taxed.
    percent = line.tax_rate or (Fraction(100 * line.tax_minor, taxed) if taxed else 0)
    if line.tax_included and line.tax_rate:
        percent = 100 * Fraction(line.tax_rate) / (100 + Fraction(line.tax_rate))
    given = credit_amounts(net, percent, amount.currency)
    return amount.minor - given.net.minor, given.tax.minor


def _billed_minor(line: InvoiceLine) -> int:
    """What a line's own invoice billed of it before discount and tax."""
    return line.amount_minor - line.progressive_minor


def _split_tax(line: InvoiceLine, tax_minor: int, given: Counter[tuple[int, int]]) -> list[dict[str, Any]]:
    """The tax of a part of a line by the taxes of the line, in proportion to what is left of each."""
    left = [max(each["minor"] - given[line.pk, each["tax"]], 0) for each in line.taxes]
    parts = allocate(tax_minor, left) if any(left) else [0] * len(left)
    return [
        {"tax": each["tax"], "percent": each["percent"], "minor": part}
        for each, part in zip(line.taxes, parts, strict=True)
    ]


def _split(invoice: Invoice, total: int, disposition: Disposition) -> tuple[int, int, int]:
    """(refund, balance, offset): they sum to the total."""
    # Nothing was paid of what was written off, so nothing of that can go to a balance.
    if disposition == Disposition.BALANCE and invoice.status != InvoiceStatus.UNCOLLECTIBLE:
        return 0, total, 0
    offset = min(total, invoice.due_minor)
    rest = total - offset
    if disposition == Disposition.OFFSET and rest:
        raise CreditRefused(f"Invoice {invoice} has less due than is to be credited.", field="disposition")
    refund = 0
    if disposition == Disposition.REFUND:
        refund = min(rest, invoice.paid_minor - refunded_of(invoice.pk))
    return refund, rest - refund, offset
