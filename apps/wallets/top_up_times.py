"""When a wallet with a regular top-up buys credit: counted from its anchor in the customer's time zone."""

from __future__ import annotations

from datetime import datetime

from apps.pricing.periods.anchor import Anchor, Precision
from apps.pricing.periods.cadence import Cadence, Interval
from apps.pricing.periods.lattice import Lattice
from apps.wallets.models import Wallet


def first_time(wallet: Wallet, *, at: datetime) -> datetime:
    """The first boundary at or after `at` (UTC); the anchor itself while it is to come."""
    anchor, lattice = _lattice(wallet)
    if anchor >= at:
        return anchor
    index = lattice.index_at(at)
    return at if lattice.boundary(index) == at else lattice.boundary(index + 1)


def next_time(wallet: Wallet, *, after: datetime) -> datetime:
    """The first boundary after an instant (UTC)."""
    _, lattice = _lattice(wallet)
    return lattice.boundary(lattice.index_at(after) + 1)


def _lattice(wallet: Wallet) -> tuple[datetime, Lattice]:
    if wallet.top_up_anchor_at is None:
        raise ValueError("a wallet without a regular top-up has no times")
    anchor = Anchor(wallet.top_up_anchor_at, wallet.customer.time_zone, Precision.INSTANT)
    cadence = Cadence(Interval(wallet.top_up_interval), wallet.top_up_interval_count)
    return wallet.top_up_anchor_at, Lattice.from_anchor(anchor, cadence)
