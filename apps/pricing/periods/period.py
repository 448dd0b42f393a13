from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from apps.pricing.errors import PricingError
from apps.pricing.periods.wall_clock import as_utc


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open span of time [starts_at, ends_at) in UTC; never empty.

    Raises:
        PricingError: `naive_datetime`, `empty_period`.
    """

    starts_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "starts_at", as_utc(self.starts_at))
        object.__setattr__(self, "ends_at", as_utc(self.ends_at))
        if self.ends_at <= self.starts_at:
            raise PricingError("empty_period", "a period ends after it starts", "ends_at")

    def __contains__(self, at: datetime) -> bool:
        return self.starts_at <= at < self.ends_at
