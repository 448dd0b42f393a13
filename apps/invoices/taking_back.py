"""What the negative lines of a draft take back of billed lines: of amounts, of discounts, of each tax."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from apps.invoices.models import InvoiceLine
from apps.invoices.selectors import CreditedParts, credited_parts_of
from apps.invoices.tax_selectors import taxes_credited_of
from apps.pricing.money import Money
from apps.pricing.rounding import rounded_units


@dataclass(frozen=True, slots=True)
class Step:
    """One negative line of a draft on the way to taking all of a billed line back; positive minor units.

    `before_minor` and `upto_minor`: what is taken back of what the billed line's own invoice billed, without
    and with this line. `beyond_minor`: what it takes back beyond that, so of what was billed progressively.
    """

    line: InvoiceLine
    billed: InvoiceLine
    before_minor: int
    upto_minor: int
    beyond_minor: int
    is_last: bool

    @property
    def own_minor(self) -> int:
        """What this line takes back of what the billed line's own invoice billed."""
        return self.upto_minor - self.before_minor

    def part_of(self, whole: Fraction | int) -> Fraction:
        """The part of `whole` that is taken back once this line is."""
        return Fraction(whole) * Fraction(self.upto_minor, own_minor(self.billed))

    def tax(self, index: int, taken: Fraction | int, currency: str) -> Fraction:
        """What is due of one tax of the billed line after `taken`, in minor units, not rounded.

        Never more than is left of it; what is taken beyond is taxed at its rate.
        """
        tax = self.billed.taxes[index]
        beyond = self.beyond_minor * _factor(self.billed, index)
        if not self.own_minor:
            return beyond
        exact = Fraction(Decimal(tax.get("exact", 0))) / Fraction(Money(1, currency).major) or tax["minor"]
        due = tax["minor"] if self.upto_minor == own_minor(self.billed) else self.part_of(exact)
        return max(min(due, tax["minor"]) - taken, Fraction(0)) + beyond


@dataclass(frozen=True, slots=True)
class TakingBack:
    """The steps of a draft in the order of its lines, and what issued documents took back before.

    Both are cumulative: what is due is the rounded part of all that is taken back by now less what was
    rounded before, so that the steps of a whole line sum to its discount and its taxes.
    """

    steps: Sequence[Step] = ()
    discounts_given: Mapping[int, int] = field(default_factory=dict)
    taxes_given: Mapping[tuple[int, int], int] = field(default_factory=dict)

    def discounts(self) -> list[int]:
        """How much of the discount of its billed line each step gives back, in positive minor units.

        Never more than is left of it, nor than the step itself.
        """
        taken = Counter(self.discounts_given)
        found: list[int] = []
        for step in self.steps:
            billed, given = step.billed, 0
            if billed.discount_minor and step.own_minor:
                due = rounded_units(step.part_of(billed.discount_minor)) - taken[billed.pk]
                given = max(min(due, step.own_minor), 0)
            taken[billed.pk] += given
            found.append(given)
        return found

    def taxes(self, currency: str) -> dict[int, tuple[Fraction, ...]]:
        """By line the taxes that it takes back in the order of its billed line's: exact, in minor units.

        They are positive, and rounded with the others of the draft; only the last step of a billed line is
        not whole. Lines that take back a part of their own draft are left out: they share its rounding.
        """
        taken: dict[tuple[int, int], Fraction | int] = dict(self.taxes_given)
        found: dict[int, tuple[Fraction, ...]] = {}
        for step in self.steps:
            if step.billed.invoice_id == step.line.invoice_id:
                continue
            taxes: list[Fraction] = []
            for index, tax in enumerate(step.billed.taxes):
                key = step.billed.pk, tax["tax"]
                due = step.tax(index, taken.get(key, 0), currency)
                taxes.append(due if step.is_last else Fraction(rounded_units(due)))
                taken[key] = taken.get(key, 0) + taxes[-1]
            found[step.line.pk] = tuple(taxes)
        return found


def taking_back(lines: Sequence[InvoiceLine]) -> TakingBack:
    """How the negative lines of a draft take billed lines back; lines of other drafts do not count.

    No query where no line takes anything back. A billed line of the same draft is taken from `lines`.
    """
    keys = {line.credits_line_id for line in lines if line.credits_line_id is not None}
    if not keys:
        return TakingBack()
    of_draft = {line.pk: line for line in lines if line.pk in keys}
    billed = InvoiceLine.objects.in_bulk(list(keys - of_draft.keys())) | of_draft
    given = credited_parts_of(billed)
    taxes = dict(taxes_credited_of(billed.values()))
    for pk, parts in given.items():
        if len(billed[pk].taxes) == 1:
            taxes[pk, billed[pk].taxes[0]["tax"]] = parts.tax_minor
    discounts = {pk: parts.discount_minor for pk, parts in given.items()}
    return TakingBack(_steps(lines, billed, given), discounts, taxes)


def _steps(
    lines: Sequence[InvoiceLine], billed: Mapping[int, InvoiceLine], given: Mapping[int, CreditedParts]
) -> list[Step]:
    taken = {pk: parts.amount_minor for pk, parts in given.items()}
    last = {line.credits_line_id: line.pk for line in lines}
    steps: list[Step] = []
    for line in lines:
        original = billed.get(line.credits_line_id or 0)
        if original is None:
            continue
        own, before = own_minor(original), taken.get(original.pk, 0)
        taken[original.pk] = before - line.amount_minor
        before, upto = min(before, own), max(min(taken[original.pk], own), 0)
        beyond = -line.amount_minor - (upto - before)
        steps.append(Step(line, original, before, upto, beyond, last[original.pk] == line.pk))
    return steps


def own_minor(billed: InvoiceLine) -> int:
    """What a line's own invoice billed of it before discount and tax; minor units."""
    return max(billed.amount_minor - billed.progressive_minor, 0)


def _factor(billed: InvoiceLine, index: int) -> Fraction:
    """The share of a line's price, without discount, that one of its taxes is."""
    percents = [Fraction(Decimal(tax["percent"])) for tax in billed.taxes]
    return percents[index] / (100 + sum(percents) if billed.tax_included else 100)
