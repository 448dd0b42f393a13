from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from apps.invoices.holdings import Holdings, holdings_of
from apps.invoices.models import Invoice, InvoiceLine
from apps.invoices.services.discount_draft import NOTHING, TakenOff, discount_draft
from apps.invoices.services.tax_draft import tax_draft
from apps.pricing.allocation import allocate
from apps.pricing.money import Money
from apps.pricing.rounding import kept_exact
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
    taken_off = discount_draft(invoice=invoice, lines=lines, holdings=holdings, at=at)
    _take_back_discounts(invoice, lines)
    tax_draft(invoice=invoice, lines=lines, at=at, registered=holdings.registrations)
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
    """Spread what was billed before over the usage that it comes off; with none, over all above zero."""
    for line in lines:
        line.progressive_minor = 0
    if not invoice.progressive_credit_minor:
        return
    above = [line for line in lines if line.amount_minor > 0 and line.credits_line_id is None]
    used = [line for line in above if line.kind in USAGE_KINDS] or above
    if not used:
        return
    parts = allocate(invoice.progressive_credit_minor, [line.amount_minor for line in used])
    for line, part in zip(used, parts, strict=True):
        line.progressive_minor = part


def _take_back_discounts(invoice: Invoice, lines: Sequence[InvoiceLine]) -> None:
    """A line that takes back a part of another gives back that part of its discount, too, at most all of it.

    What was billed of the other progressively was not discounted on that invoice.
    """
    keys = {line.credits_line_id: line for line in lines if line.credits_line_id is not None}
    billed = InvoiceLine.objects.in_bulk(list(keys)) if keys else {}
    # What stands on the draft itself was discounted just now, and is not saved yet.
    billed |= {line.pk: line for line in lines}
    for line in lines:
        original = billed.get(line.credits_line_id or 0)
        if original is None or not original.discount_minor:
            continue
        discounted = original.amount_minor - original.progressive_minor
        share = max(Fraction(line.amount_minor, discounted), Fraction(-1))
        exact = share * Fraction(Money(original.discount_minor, invoice.currency).major)
        taken_back = Money.from_exact(exact, invoice.currency)
        line.discount_minor, line.exact_discount = taken_back.minor, kept_exact(exact)
        line.discounts = [
            {
                "source": "taken_back",
                "id": original.public_id,
                "name": original.description,
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
