"""Prepaid grants that usage burns down, and the usage that met no grant.

The order is: the lower priority number first, then the earlier expiry (one without expiry last), then as
given. A recurring grant is reset to its full amount at each recurrence; nothing is carried over. Usage
without a grant is overage, and is taken from the next grant that becomes active or is reset. An ended grant
(expired, voided or deleted) is worth nothing. At one instant grants end first, then begin or reset, then
usage burns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import IntEnum

from apps.pricing.exact import ZERO, difference, total
from apps.pricing.periods.anchor import Anchor, Precision
from apps.pricing.periods.cadence import Cadence
from apps.pricing.periods.lattice import Lattice


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A grant is full again at every boundary of `anchor` + n x `cadence`, at that clock time in UTC."""

    anchor: datetime
    cadence: Cadence

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Yield the boundaries in (after, until]."""
        lattice = Lattice.from_anchor(Anchor(self.anchor, "UTC", Precision.INSTANT), self.cadence)
        index = lattice.index_at(after) + 1
        while (at := lattice.boundary(index)) <= until:
            yield at
            index += 1


@dataclass(frozen=True, slots=True)
class CreditGrant:
    """An amount (>= 0, any unit) that is worth something in [effective_at, ends_at)."""

    id: str
    amount: Decimal
    effective_at: datetime
    priority: int = 0
    expires_at: datetime | None = None
    voided_at: datetime | None = None
    recurrence: Recurrence | None = None

    @property
    def ends_at(self) -> datetime | None:
        """The earlier of expiry and voiding (or deletion); None for a grant that lasts."""
        return min((at for at in (self.expires_at, self.voided_at) if at is not None), default=None)

    def is_active(self, at: datetime) -> bool:
        return self.effective_at <= at and (self.ends_at is None or at < self.ends_at)


@dataclass(frozen=True, slots=True)
class CreditUse:
    """Usage (>= 0) at an instant."""

    at: datetime
    amount: Decimal


@dataclass(slots=True)
class BurnDown:
    """What is left of each grant, by id, and the usage that no grant has paid yet."""

    balances: dict[str, Decimal] = field(default_factory=dict)
    overage: Decimal = ZERO


class _Kind(IntEnum):
    """What happens at an instant, in this order."""

    END = 0
    FILL = 1
    USE = 2


def burn_down(
    grants: Sequence[CreditGrant],
    usage: Sequence[CreditUse],
    *,
    starts_at: datetime,
    until: datetime,
    starting: Mapping[str, Decimal],
) -> BurnDown:
    """Return the state at `until` after the usage of [starts_at, until).

    `starting` are the balances at `starts_at`, by id of the grant; a grant that begins at or after it may be
    absent. What ends or begins at `until` itself has happened.
    """
    state = BurnDown({grant.id: _starting_balance(grant, starts_at, starting) for grant in grants})
    in_order = sorted(grants, key=lambda grant: (grant.priority, grant.expires_at is None, _expiry(grant)))
    for at, kind, grant, amount in sorted(_instants(grants, usage, starts_at, until), key=lambda i: i[:2]):
        if grant is not None:
            state.balances[grant.id] = grant.amount if kind is _Kind.FILL else ZERO
        owed = total([state.overage, amount])
        state.overage = _burn(state.balances, in_order, owed, at)
    return state


def _instants(
    grants: Sequence[CreditGrant], usage: Sequence[CreditUse], starts_at: datetime, until: datetime
) -> Iterator[tuple[datetime, _Kind, CreditGrant | None, Decimal]]:
    for use in usage:
        if starts_at <= use.at < until:
            yield use.at, _Kind.USE, None, use.amount
    for grant in grants:
        if grant.ends_at is not None and starts_at < grant.ends_at <= until:
            yield grant.ends_at, _Kind.END, grant, ZERO
        fills = [grant.effective_at] if starts_at < grant.effective_at <= until else []
        if grant.recurrence is not None:
            fills += grant.recurrence.between(max(starts_at, grant.effective_at), until)
        yield from ((at, _Kind.FILL, grant, ZERO) for at in fills if grant.is_active(at))


def _burn(
    balances: dict[str, Decimal], in_order: Sequence[CreditGrant], owed: Decimal, at: datetime
) -> Decimal:
    """Take `owed` from the active grants and return what none of them paid."""
    for grant in in_order:
        if grant.is_active(at):
            taken = min(balances[grant.id], owed)
            balances[grant.id] = difference(balances[grant.id], taken)
            owed = difference(owed, taken)
    return owed


def _starting_balance(grant: CreditGrant, at: datetime, starting: Mapping[str, Decimal]) -> Decimal:
    if not grant.is_active(at):
        return ZERO
    begins_now = grant.effective_at == at
    return starting.get(grant.id, grant.amount if begins_now else ZERO)


def _expiry(grant: CreditGrant) -> datetime:
    # Without expiry the flag before this in the sort key has decided; any instant will do.
    return grant.expires_at or grant.effective_at
