"""What the negative lines of a draft take back of billed lines: of amounts, of discounts, of each tax."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from apps.invoices.models import InvoiceLine
from apps.invoices.progressive_parts import ProgressivePart, progressive_parts
from apps.invoices.selectors import CreditedParts, credited_parts_of
from apps.invoices.tax_selectors import taxes_credited_of
from apps.pricing.money import Money
from apps.pricing.rounding import rounded_units


@dataclass(frozen=True, slots=True)
class Step:
    """One negative line of a draft on the way to taking all of a billed line back; positive minor units.

    `before_minor` and `upto_minor`: what is taken back of what the billed line's own invoice billed, without
    and with this line. What is taken back beyond that was billed progressively: `beyond_before_minor` and
    `beyond_minor`, likewise. `progressive` is what the PROGRESSIVE lines billed of it: the rule is that
    usage which was billed early gives back what those lines came to, their discount and their taxes, and
    never more. Where they are not known, it has no discount and is taxed at the billed line's rate.
    """

    line: InvoiceLine
    billed: InvoiceLine
    before_minor: int
    upto_minor: int
    beyond_before_minor: int
    beyond_minor: int
    is_last: bool
    progressive: ProgressivePart | None = None

    @property
    def own_minor(self) -> int:
        """What this line takes back of what the billed line's own invoice billed."""
        return self.upto_minor - self.before_minor

    @property
    def exact_discount(self) -> Fraction:
        """What this line takes back of discounts, in minor units, not rounded."""
        own = Fraction(0)
        if own_minor(self.billed):
            own = Fraction(self.billed.discount_minor * self.own_minor, own_minor(self.billed))
        if self.progressive is None:
            return own
        return own + self.progressive.discount_of(self.beyond_minor - self.beyond_before_minor)

    @property
    def discount_due(self) -> int:
        """What of the discounts is due once this line is taken back, and the ones before; rounded."""
        own = rounded_units(self.part_of(self.billed.discount_minor)) if own_minor(self.billed) else 0
        if self.progressive is None:
            return own
        whole = rounded_units(self.progressive.discount_of(self._beyond_of_all))
        # What was billed too much by the end of the period was given back there.
        return own + whole + (self.billed.discount_minor if excess_minor(self.billed) else 0)

    @property
    def _beyond_of_all(self) -> int:
        return self.beyond_minor + excess_minor(self.billed)

    def part_of(self, whole: Fraction | int) -> Fraction:
        """The part of `whole` that is taken back once this line is."""
        return Fraction(whole) * Fraction(self.upto_minor, own_minor(self.billed))

    def tax(self, index: int, taken: Fraction | int, currency: str) -> Fraction:
        """What is due of one tax of the billed line after `taken`, in minor units, not rounded.

        Never more than is left of it, here and on the progressive invoices.
        """
        tax = self.billed.taxes[index]
        due = Fraction(0)
        if own_minor(self.billed):
            exact = (
                Fraction(Decimal(tax.get("exact", 0))) / Fraction(Money(1, currency).major) or tax["minor"]
            )
            all_of_it = self.upto_minor == own_minor(self.billed)
            due = min(Fraction(tax["minor"]) if all_of_it else self.part_of(exact), Fraction(tax["minor"]))
        if self.progressive is None:
            due += self.beyond_minor * _factor(self.billed, index)
        else:
            due += self.progressive.tax_of(index, self._beyond_of_all)
            due += tax["minor"] if excess_minor(self.billed) else 0
        return max(due - taken, Fraction(0))


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
            most = step.own_minor if step.progressive is None else -step.line.amount_minor
            given = max(min(step.discount_due - taken[step.billed.pk], most), 0)
            taken[step.billed.pk] += given
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


def taking_back(lines: Sequence[InvoiceLine], *, customer_id: int) -> TakingBack:
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
    steps = _steps(lines, billed, given)
    early = [step.billed for step in steps if step.beyond_minor]
    progressive = progressive_parts(early, customer_id=customer_id)
    steps = [replace(step, progressive=progressive.get(step.billed.pk)) for step in steps]
    return TakingBack(steps, discounts, taxes)


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
        upto = taken[original.pk] = before - line.amount_minor
        steps.append(
            Step(
                line,
                original,
                before_minor=min(before, own),
                upto_minor=max(min(upto, own), 0),
                beyond_before_minor=max(before - own, 0),
                beyond_minor=max(upto - own, 0),
                is_last=last[original.pk] == line.pk,
            )
        )
    return steps


def own_minor(billed: InvoiceLine) -> int:
    """What a line's own invoice billed of it before discount and tax; minor units."""
    return max(billed.amount_minor - billed.progressive_minor, 0)


def excess_minor(billed: InvoiceLine) -> int:
    """What more was billed of a line progressively than it came to, which its own invoice gave back."""
    return max(billed.progressive_minor - billed.amount_minor, 0)


def _factor(billed: InvoiceLine, index: int) -> Fraction:
    """The share of a line's price, without discount, that one of its taxes is."""
    percents = [Fraction(Decimal(tax["percent"])) for tax in billed.taxes]
    return percents[index] / (100 + sum(percents) if billed.tax_included else 100)
