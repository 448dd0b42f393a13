from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from apps.pricing.money import Money
from apps.pricing.trace import Trace


@dataclass(frozen=True, slots=True)
class Rated:
    """What an item costs for a period, or one of several lines of it: exact in major units, rounded once,
    and why.

    `kind` and `dimension` tell lines of one item and period apart: they are part of the charge's key.
    """

    quantity: Decimal
    exact: Decimal
    money: Money
    trace: Trace
    kind: str = "usage"
    dimension: str = ""
    """The group that was priced, such as `region=eu`; empty without one."""
    label: str = ""
    """What a line adds to the name of its price, such as the group in words."""
