"""What a report is about: whose books, in which currency, over which months."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from apps.pricing.periods.cadence import clamped_day
from apps.pricing.periods.wall_clock import local_day, start_of_day


@dataclass(frozen=True, slots=True)
class Window:
    """A brand's numbers of one mode and one currency in [starts_at, ends_at), by months of `zone`.

    Currencies are never added up: a total over several would need a rate that nobody has stated.
    """

    brand_id: int
    livemode: bool
    currency: str
    starts_at: datetime
    ends_at: datetime
    zone: str = "UTC"

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def months(self) -> list[date]:
        """The first day of each calendar month that the window touches, in order."""
        month = local_day(self.starts_at, self.zone).replace(day=1)
        months = []
        while start_of_day(month, self.zone) < self.ends_at:
            months.append(month)
            month = clamped_day(month, 1, 1)
        return months

    def month_of(self, at: datetime) -> date:
        return at.astimezone(self.tz).date().replace(day=1)

    def within(self, month: date) -> Window:
        """The same for a single month: what one cell of a table is about."""
        return Window(
            brand_id=self.brand_id,
            livemode=self.livemode,
            currency=self.currency,
            starts_at=max(start_of_day(month, self.zone), self.starts_at.astimezone(UTC)),
            ends_at=min(start_of_day(clamped_day(month, 1, 1), self.zone), self.ends_at.astimezone(UTC)),
            zone=self.zone,
        )


def last_months(
    count: int, *, brand_id: int, livemode: bool, currency: str, at: datetime, zone: str = "UTC"
) -> Window:
    """The window of the `count` calendar months of which the last one, which is still running, holds `at`."""
    this_month = local_day(at, zone).replace(day=1)
    return Window(
        brand_id=brand_id,
        livemode=livemode,
        currency=currency,
        starts_at=start_of_day(clamped_day(this_month, 1 - count, 1), zone),
        ends_at=start_of_day(clamped_day(this_month, 1, 1), zone),
        zone=zone,
    )
