"""Between instants and what a clock on the customer's wall shows. Days are never counted as 24 hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apps.pricing.errors import PricingError

_SECOND = timedelta(seconds=1)


def zone_info(zone: str) -> ZoneInfo:
    """Return the rules of an IANA zone such as `Europe/Berlin`.

    Raises:
        PricingError: `unknown_zone`.
    """
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise PricingError("unknown_zone", f"{zone!r} is not a known time zone", "zone") from None


def as_utc(at: datetime) -> datetime:
    """Return the same instant in UTC.

    Raises:
        PricingError: `naive_datetime`.
    """
    if at.tzinfo is None:
        raise PricingError("naive_datetime", "an instant has a time zone", "at")
    return at.astimezone(UTC)


def local_day(at: datetime, zone: str) -> date:
    """Return the calendar day on which an instant falls in `zone`."""
    return as_utc(at).astimezone(zone_info(zone)).date()


def local_time(at: datetime, zone: str) -> time:
    """Return what a clock in `zone` shows at an instant; which of two equal hours it was is not kept."""
    return as_utc(at).astimezone(zone_info(zone)).time().replace(fold=0)


def start_of_day(day: date, zone: str) -> datetime:
    """Return the first instant of a local day, in UTC.

    Where midnight does not exist (DST begins at midnight) it is the first valid instant after the gap; where
    it exists twice it is the first of the two.
    """
    return instant_of(day, time(0), zone)


def instant_of(day: date, wall_time: time, zone: str) -> datetime:
    """Return the instant, in UTC, at which a clock in `zone` shows `wall_time` on `day`.

    A time that occurs twice (clocks go back) means its first occurrence. A time that does not occur (clocks
    go forward) means the first valid instant after the gap: 02:30 becomes 03:00, not 03:30.
    """
    local = datetime.combine(day, wall_time.replace(fold=0), tzinfo=zone_info(zone))
    instant = local.astimezone(UTC)
    if instant.astimezone(local.tzinfo).replace(tzinfo=None) == local.replace(tzinfo=None):
        return instant
    return _end_of_gap(local)


def _end_of_gap(local: datetime) -> datetime:
    """Find the transition between the two readings of a local time that does not exist."""
    zone = local.tzinfo
    before, after = local.replace(fold=1).astimezone(UTC), local.replace(fold=0).astimezone(UTC)
    offset_after = after.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // _SECOND // 2 * _SECOND
        if middle.astimezone(zone).utcoffset() == offset_after:
            after = middle
        else:
            before = middle
    return after.replace(microsecond=0)
