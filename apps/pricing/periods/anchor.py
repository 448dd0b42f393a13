from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum

from apps.pricing.errors import PricingError
from apps.pricing.periods.wall_clock import as_utc, local_day, local_time, start_of_day, zone_info


class Precision(StrEnum):
    """Policy `anchor_precision`: how fine an anchor is."""

    LOCAL_DAY = "local_day"
    """Periods begin at midnight of the anchor's zone."""
    INSTANT = "instant"
    """Periods begin at the anchor's clock time in its zone."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """What all boundaries are counted from, for ever: an aware instant or a local day, in a zone.

    Raises:
        PricingError: `naive_datetime`, `unknown_zone`, `day_has_no_instant`.
    """

    at: datetime | date
    zone: str
    precision: Precision = Precision.LOCAL_DAY

    def __post_init__(self) -> None:
        object.__setattr__(self, "precision", Precision(self.precision))
        zone_info(self.zone)
        if isinstance(self.at, datetime):
            object.__setattr__(self, "at", as_utc(self.at))
        elif self.precision is Precision.INSTANT:
            raise PricingError("day_has_no_instant", "precision instant needs an instant", "at")

    @property
    def day(self) -> date:
        """The anchor's calendar day in its zone."""
        return local_day(self.at, self.zone) if isinstance(self.at, datetime) else self.at

    @property
    def wall_time(self) -> time:
        """The clock time at which periods begin in the anchor's zone: midnight for a local day."""
        if self.precision is Precision.INSTANT and isinstance(self.at, datetime):
            return local_time(self.at, self.zone)
        return time(0)

    @property
    def instant(self) -> datetime:
        """The instant of the anchor in UTC: itself, or the start of its local day."""
        if self.precision is Precision.INSTANT and isinstance(self.at, datetime):
            return self.at.astimezone(UTC)
        return start_of_day(self.day, self.zone)
