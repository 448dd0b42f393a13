"""Calendar months in UTC: the partitions of the event table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

TABLE = "usage_event"
MONTHS_AHEAD = 3


def month_of(instant: datetime) -> date:
    """The first day of the month (UTC) that holds an aware instant."""
    return instant.astimezone(UTC).date().replace(day=1)


def next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def months_ahead(at: datetime, count: int) -> Iterator[date]:
    """The month of `at` and the `count` months after it."""
    month = month_of(at)
    for _ in range(count + 1):
        yield month
        month = next_month(month)


def partition_name(month: date) -> str:
    return f"{TABLE}_{month:%Y_%m}"
