from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from apps.invoices.enums import LineKind
from apps.invoices.holdings import Holdings, holdings_of
from apps.invoices.models import Invoice, InvoiceLine
from apps.invoices.progressive_parts import ProgressivePart, progressive_parts
from apps.invoices.services.discount_draft import NOTHING, TakenOff, discount_draft
from apps.invoices.services.tax_draft import tax_draft
from apps.invoices.taking_back import TakingBack, excess_minor, taking_back
from apps.invoices.usage_selectors import open_progressive
from apps.pricing.allocation import allocate
from apps.pricing.money import Money
from apps.pricing.rounding import kept_exact, rounded_units
from apps.rating.services.rate_late import USAGE_KINDS

LINE_FIELDS = (
    "discounts",
    "discount_minor",
    "exact_discount",
    "progressive_minor",
    "taxes",
    "tax_rate",
    "tax_minor",
)
INVOICE_FIELDS = (
    "subtotal_minor",
    "discount_minor",
    "tax_minor",
    "tax_included_minor",
    "total_minor",
    "balance_credited_minor",
    "tax_status",
    "tax_problem",
    "tax_facts",
)


@dataclass(frozen=True, slots=True)
class Completion:
    """What completing a draft found: what was taken off by whom, and what else the customer holds."""

    taken_off: TakenOff = NOTHING
    holdings: Holdings = field(default_factory=Holdings)


def complete_draft(*, invoice: Invoice, lines: Sequence[InvoiceLine], at: datetime) -> Completion:
    """Work out all that follows from the lines of a locked draft: discounts, tax, and its totals.

    In this order: what was billed progressively, coupons, promotional credit, tax. Minor units of the
    invoice's currency. The lines are saved, and the caller saves `INVOICE_FIELDS`. What was taken off is
    recorded as used when the draft is issued, so a draft may be completed any number of times. Whether its
    tax is known stands in `tax_status`. Runs in the caller's transaction.
    """
    before = [tuple(getattr(line, name) for name in LINE_FIELDS) for line in lines]
    _spread_progressive(invoice, lines)
    holdings = holdings_of(invoice.customer, invoice.currency)
    excess = _excess(invoice, lines)
    taken_off = discount_draft(invoice=invoice, lines=lines, holdings=holdings, at=at, apart=excess)
    _give_back_excess(invoice, lines, excess)
    taking = taking_back(lines, customer_id=invoice.customer_id)
    _take_back_discounts(invoice, taking)
    tax_draft(invoice=invoice, lines=lines, at=at, registered=holdings.registrations, taking=taking)
    changed = [
        line
        for line, old in zip(lines, before, strict=True)
        if tuple(getattr(line, name) for name in LINE_FIELDS) != old
    ]
    if changed:
        InvoiceLine.objects.bulk_update(changed, LINE_FIELDS)
    _add_up(invoice, lines)
    return Completion(taken_off, holdings)


def _spread_progressive(invoice: Invoice, lines: Sequence[InvoiceLine]) -> None:
    """Take what was billed before off the usage that it was of; what is of no line, off all usage.

    Each item's own lines bear what was billed of it, in proportion to their amounts, even where that is
    more than they come to. With no usage at all the rest comes off all lines above zero; with none, off the
    invoice alone.
    """
    for line in lines:
        line.progressive_minor = 0
    left = invoice.progressive_credit_minor
    if not left:
        return
    open_of = open_progressive(invoice=invoice, lines=lines)
    for (item_id, starts_at), amount in open_of.items():
        own = [line for line in lines if _is_usage_of(line, item_id, starts_at)]
        part = min(amount, left) if own else 0
        _bear(own, part)
        left -= part
    above = [line for line in lines if line.amount_minor > 0 and line.credits_line_id is None]
    _bear([line for line in above if line.kind in USAGE_KINDS] or above, left)


def _is_usage_of(line: InvoiceLine, item_id: int, starts_at: datetime) -> bool:
    is_usage = line.kind in (*USAGE_KINDS, LineKind.PROGRESSIVE) and line.credits_line_id is None
    is_of_period = (line.item_id, line.period_starts_at) == (item_id, starts_at)
    return is_usage and is_of_period and line.amount_minor >= 0


def _bear(lines: Sequence[InvoiceLine], minor: int) -> None:
    """Take minor units off lines in proportion to what is left of them, or else to their amounts."""
    if not lines or not minor:
        return
    weights = [max(line.amount_minor - line.progressive_minor, 0) for line in lines]
    weights = weights if any(weights) else [line.amount_minor for line in lines]
    parts = allocate(minor, weights if any(weights) else [1] * len(lines))
    for line, part in zip(lines, parts, strict=True):
        line.progressive_minor += part


def _excess(invoice: Invoice, lines: Sequence[InvoiceLine]) -> dict[int, ProgressivePart]:
    """By line what progressive invoices billed of usage that came to less than that by the end."""
    if not any(excess_minor(line) for line in lines):
        return {}
    parts = progressive_parts(lines, customer_id=invoice.customer_id)
    return {line.pk: parts[line.pk] for line in lines if excess_minor(line) and line.pk in parts}


def _give_back_excess(
    invoice: Invoice, lines: Sequence[InvoiceLine], excess: Mapping[int, ProgressivePart]
) -> None:
    """What was billed too much progressively is given back less the discount that it had there."""
    for line in lines:
        part = excess.get(line.pk)
        exact = part.discount_of(excess_minor(line)) if part else Fraction(0)
        if part and exact:
            _take_back(line, part.source, exact, rounded_units(exact), invoice.currency)


def _take_back_discounts(invoice: Invoice, taking: TakingBack) -> None:
    """A line that takes back a part of another gives back that part of its discount, too, at most all of it.

    What was billed of the other progressively follows the discount of the progressive lines.
    """
    for step, given in zip(taking.steps, taking.discounts(), strict=True):
        if step.exact_discount:
            _take_back(step.line, step.billed, step.exact_discount, given, invoice.currency)


def _take_back(line: InvoiceLine, billed: InvoiceLine, exact: Fraction, minor: int, currency: str) -> None:
    """Write down that a line gives back a discount of a billed one: exact in minor units, and rounded."""
    line.discount_minor = -minor
    line.exact_discount = -kept_exact(exact * Fraction(Money(1, currency).major))
    line.discounts = [
        {
            "source": "taken_back",
            "id": billed.public_id,
            "name": billed.description,
            "exact": str(line.exact_discount),
            "minor": line.discount_minor,
        }
    ]


def _add_up(invoice: Invoice, lines: Sequence[InvoiceLine]) -> None:
    invoice.subtotal_minor = sum(line.amount_minor for line in lines)
    invoice.discount_minor = sum(line.discount_minor for line in lines)
    invoice.tax_minor = sum(line.tax_minor for line in lines)
    invoice.tax_included_minor = sum(line.tax_minor for line in lines if line.tax_included)
    owed = (
        invoice.subtotal_minor
        - invoice.discount_minor
        + invoice.tax_minor
        - invoice.tax_included_minor
        - invoice.progressive_credit_minor
    )
    invoice.total_minor, invoice.balance_credited_minor = max(owed, 0), max(-owed, 0)
