from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class BilledOn(StrEnum):
    """Which line carries a price when a period is billed in several lines (progressive billing)."""

    EVERY_LINE = "every_line"
    FIRST_LINE = "first_line"
    """In advance: the first line of the period."""
    LAST_LINE = "last_line"
    """In arrears: the last line of the period. The only right place for a volume price, whose tier is
    known at the end."""


@dataclass(frozen=True, slots=True)
class LinePosition:
    """Where a line stands in its period; a period billed in one line has that line first and last."""

    is_first: bool = True
    is_last: bool = True


def is_due_on(billed_on: BilledOn, position: LinePosition) -> bool:
    """Tell whether a price is billed on the line at this position."""
    if billed_on is BilledOn.FIRST_LINE:
        return position.is_first
    if billed_on is BilledOn.LAST_LINE:
        return position.is_last
    return True
