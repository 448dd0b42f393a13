"""What progressive invoices really billed of usage that a later line takes off: amount, discount, taxes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.db.models import Q

from apps.invoices.enums import LineKind
from apps.invoices.models import InvoiceLine
from apps.invoices.selectors import credited_parts_of
from apps.pricing.allocation import allocate


@dataclass(frozen=True, slots=True)
class ProgressivePart:
    """One line's share of what the PROGRESSIVE lines of its item and period billed, in minor units.

    `amount_minor` is before the discount and the taxes that those lines bore; `taxes` are in the order of the
    line's own. `left_minor` is the amount without what was credited of those lines since. `source` is the
    newest of them.
    """

    amount_minor: int
    discount_minor: int
    taxes: tuple[int, ...]
    left_minor: int
    source: InvoiceLine

    def discount_of(self, minor: int) -> Fraction:
        """The discount that was given on `minor` of the amount, not rounded."""
        return Fraction(self.discount_minor * minor, self.amount_minor)

    def tax_of(self, index: int, minor: int) -> Fraction:
        """One of the taxes that was billed on `minor` of the amount, not rounded."""
        return Fraction(self.taxes[index] * minor, self.amount_minor)


def progressive_parts(lines: Collection[InvoiceLine], *, customer_id: int) -> dict[int, ProgressivePart]:
    """By line what PROGRESSIVE lines billed of what it takes off; lines of which none is found are absent.

    Lines that take off the same share it by what they take off, by the largest remainder, so that all of them
    together never have more than was billed. Void lines do not count. No query where nothing was taken off,
    else one, and two where something is found.
    """
    wanted = {line.pk: line for line in lines if line.progressive_minor > 0}
    if not wanted:
        return {}
    keys = dict.fromkeys(_key(line) for line in wanted.values())
    places = Q()
    for subscription, item, starts_at in keys:
        places |= Q(subscription_id=subscription, item_id=item, period_starts_at=starts_at)
    rows = InvoiceLine.objects.filter(
        places, Q(kind=LineKind.PROGRESSIVE) | ~Q(progressive_minor=0), invoice__customer_id=customer_id
    )
    # What is in memory may not be saved yet.
    found = {row.pk: row for row in rows.filter(voided_at=None)} | wanted
    credited = _credited(list(found.values()))
    parts = {key: _part(line, sorted(found.items()), credited) for key, line in wanted.items()}
    return {key: part for key, part in parts.items() if part is not None}


def _key(line: InvoiceLine) -> tuple[object, ...]:
    return line.subscription_id, line.item_id, line.period_starts_at


def _credited(rows: Sequence[InvoiceLine]) -> dict[int, int]:
    """By PROGRESSIVE line what was credited of it, in minor units before discount and tax."""
    keys = [row.pk for row in rows if row.kind == LineKind.PROGRESSIVE]
    return {key: parts.amount_minor for key, parts in credited_parts_of(keys).items()} if keys else {}


def _part(
    line: InvoiceLine, rows: Sequence[tuple[int, InvoiceLine]], credited: dict[int, int]
) -> ProgressivePart | None:
    near = [row for _, row in rows if _key(row) == _key(line)]
    billed = [
        row
        for row in near
        if row.kind == LineKind.PROGRESSIVE and row.invoice_id != line.invoice_id and row.pk < line.pk
    ]
    amount = sum(_billed_minor(row) for row in billed)
    if amount <= 0:
        return None
    takers = [
        row
        for row in near
        if row.progressive_minor > 0
        and (row.kind != LineKind.PROGRESSIVE or row.invoice_id == line.invoice_id)
    ]
    weights = [row.progressive_minor for row in takers]
    weights.append(max(amount - sum(weights), 0))
    place = next(at for at, row in enumerate(takers) if row.pk == line.pk)

    def share(minor: int) -> int:
        return allocate(minor, weights)[place]

    own = share(amount)
    if own <= 0:
        return None
    return ProgressivePart(
        amount_minor=own,
        discount_minor=share(sum(row.discount_minor for row in billed)),
        taxes=tuple(share(tax) for tax in _taxes(line, billed)),
        left_minor=own - share(sum(credited.get(row.pk, 0) for row in billed)),
        source=billed[-1],
    )


def _billed_minor(row: InvoiceLine) -> int:
    return row.amount_minor - row.progressive_minor


def _taxes(line: InvoiceLine, billed: Sequence[InvoiceLine]) -> list[int]:
    """What was billed of each tax of `line`; where they were other taxes, their sum by the line's rates."""
    percents = [each["percent"] for each in line.taxes]
    if all([each["percent"] for each in row.taxes] == percents for row in billed):
        return [sum(row.taxes[index]["minor"] for row in billed) for index in range(len(percents))]
    weights = [Decimal(percent) for percent in percents]
    if not any(weights):
        return [0] * len(weights)
    return list(allocate(sum(row.tax_minor for row in billed), weights))
