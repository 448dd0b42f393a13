"""The ladder of retries: on which instants a failed charge is tried again. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

# When the brand says nothing.
DEFAULT_RETRY_DAYS = (3, 5, 7)


def retry_instants(*, first_failed_at: datetime, retry_days: Sequence[int], zone: str) -> list[datetime]:
    """The retries after a first failure, in UTC: so many local days later, at the same local clock time.

    A clock time that daylight saving skips that day is moved on by the skipped hour; of one that comes twice
    the same one is taken as on the day of the failure. No days mean 3, 5 and 7.
    """
    local_zone = ZoneInfo(zone)
    local = first_failed_at.astimezone(local_zone)
    days = sorted(set(retry_days)) or list(DEFAULT_RETRY_DAYS)
    return [
        datetime.combine(
            local.date() + timedelta(days=day), local.timetz().replace(tzinfo=local_zone)
        ).astimezone(UTC)
        for day in days
    ]


def next_retry(*, retries: Sequence[datetime], at: datetime) -> datetime | None:
    """The first retry after `at`, exclusive; None when the ladder is at its end.

    A rung that passed unused (the machine was off, or the customer tried in between) is not made up for.
    """
    return next((instant for instant in retries if instant > at), None)
