from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from apps.pricing.exact import ZERO, total


@dataclass(frozen=True, slots=True)
class Change:
    """One event that moved a quantity which stays, such as seats: negative when units were given back.

    `prorated_units` are the same units weighted by the part of the period in which the change counts.
    """

    units: Decimal
    prorated_units: Decimal


@dataclass(frozen=True, slots=True)
class Usage:
    """What was used in one period, in as much detail as a charge model reads; the rest may be None."""

    quantity: Decimal
    """Units in full; may be negative after corrections."""
    amounts: Sequence[Decimal] | None = None
    """What each event is worth, in order of time: amounts in major units of the price's currency."""
    groups: Mapping[tuple[str | None, ...], Decimal] | None = None
    """Units by the values of the model's `dimensions`, in their order."""
    prorated_quantity: Decimal | None = None
    """The units weighted by the time they stood. The full quantity still picks the tier."""
    changes: Sequence[Change] | None = None
    """The events behind a prorated quantity, in order of time, where tiers need each one."""

    @property
    def priced_quantity(self) -> Decimal:
        """The units that a unit price multiplies: weighted where the usage is."""
        return self.quantity if self.prorated_quantity is None else self.prorated_quantity

    @property
    def is_empty(self) -> bool:
        return not (self.quantity or self.amounts or self.groups or self.changes)


def as_usage(usage: Usage | Decimal) -> Usage:
    """Return usage as it is, and a bare quantity as usage of that many units."""
    return usage if isinstance(usage, Usage) else Usage(usage)


def usage_of_amounts(amounts: Sequence[Decimal]) -> Usage:
    """Return the usage of events that carry amounts; its quantity is their sum."""
    return Usage(total(amounts), amounts=tuple(amounts))


def usage_of_changes(changes: Sequence[Change]) -> Usage:
    """Return the usage of changes in order; its quantity is what stands at their end."""
    return Usage(
        total(change.units for change in changes),
        prorated_quantity=total(change.prorated_units for change in changes),
        changes=tuple(changes),
    )


def usage_of_groups(groups: Mapping[tuple[str | None, ...], Decimal]) -> Usage:
    """Return usage by dimensions; its quantity is the sum of the groups, 0 for none."""
    return Usage(total(groups.values()) if groups else ZERO, groups=groups)


def usage_of_parts(parts: Sequence[Usage]) -> Usage:
    """Return the usage of parts of a period together, in their order; not of weighted units."""
    if len(parts) == 1:
        return parts[0]
    groups: dict[tuple[str | None, ...], Decimal] = {}
    for part in parts:
        for values, quantity in (part.groups or {}).items():
            groups[values] = total([groups.get(values, ZERO), quantity])
    return Usage(
        total(part.quantity for part in parts),
        amounts=_one_after_another([part.amounts for part in parts if part.amounts is not None]),
        groups=groups if any(part.groups is not None for part in parts) else None,
    )


def _one_after_another(amounts: Sequence[Sequence[Decimal]]) -> Sequence[Decimal] | None:
    return tuple(amount for part in amounts for amount in part) if amounts else None
