"""Reads of usage: values of meters over half-open windows in UTC. Each function makes one query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Q

from apps.plans.models import Meter
from apps.usage.active_days import WEIGHTED_BY_DAYS, active_days_statement
from apps.usage.aggregation import Metered, Window, aggregate_statement, local_day
from apps.usage.errors import MeterNotFound, NotWeightedByDays, TooManyGroups
from apps.usage.months import TABLE
from apps.usage.quantity import rounded_quantity
from apps.usage.rolled import meter_statement
from apps.usage.statement import Statement

MAX_GROUPS = 1000
ZERO = Decimal(0)

Group = dict[str, str | None]


def meter_value(
    *,
    meter: Metered,
    customer_id: int,
    starts_at: datetime,
    ends_at: datetime,
    below_transaction: int | None = None,
) -> Decimal:
    """The meter's value over [starts_at, ends_at); 0 where nothing counts; maybe negative.

    It is exact (quotients to 30 decimals), and rounded only as the meter says. Of a meter that carries over,
    what was so at `starts_at` is part of it.

    With `below_transaction` (a `current_watermark()`) the answer is the same for ever: what is stored later,
    or was not yet committed, is left out.
    """
    window = Window(customer_id, starts_at, ends_at, below_transaction)
    rows = _fetch(meter_statement(meter=meter, window=window))
    return _rounded(meter, rows[0][0]) if rows else ZERO


@dataclass(frozen=True, slots=True)
class ActiveValue:
    """A meter's value as it stands, and weighted by the days on which it stood."""

    full: Decimal
    prorated: Decimal


def meter_active_value(  # noqa: PLR0913 - a window, and how its days count
    *,
    meter: Metered,
    customer_id: int,
    starts_at: datetime,
    ends_at: datetime,
    zone: str,
    below_transaction: int | None = None,
    period_days: int | None = None,
    last_day: date | None = None,
) -> ActiveValue:
    """The value of `meter_value`, and each unit of it by its active local days of the period's.

    The days of adding and of removing (or the last of the window) both count; what was carried over is
    active from the first. `last_day` is the last that counts, else the last of the window: on the day of a
    change units may count for another plan. `period_days` is the length of the whole period where
    [starts_at, ends_at) is a part of it, else the days that the window touches. Quotients have 30 decimals;
    the meter's rounding comes last.

    Raises:
        NotWeightedByDays: of the aggregation nothing stands from day to day (422).
    """
    if meter.aggregation not in WEIGHTED_BY_DAYS:
        raise NotWeightedByDays(
            f"A meter of '{meter.aggregation}' has no active days: use count, sum or unique_count,"
            " or weighted_sum for a value that is weighted by seconds."
        )
    first, last = _local_days(starts_at, ends_at, zone)
    statement = active_days_statement(
        meter=meter,
        window=Window(customer_id, starts_at, ends_at, below_transaction),
        zone=zone,
        first=first,
        last=last_day or last,
        period_days=period_days or (last - first).days + 1,
    )
    full, prorated = _fetch(statement)[0]
    return ActiveValue(_rounded(meter, full), _rounded(meter, prorated))


def meter_groups(
    *,
    meter: Meter,
    customer_id: int,
    starts_at: datetime,
    ends_at: datetime,
    group_by: Sequence[str] | None = None,
    below_transaction: int | None = None,
) -> list[tuple[Group, Decimal]]:
    """The value per combination of the properties (the meter's own, unless given), sorted; a missing one is
    None.

    Raises:
        TooManyGroups: more than 1,000 (422); nothing is left out silently.
    """
    names = list(meter.group_by if group_by is None else group_by)
    if not names:
        value = meter_value(
            meter=meter,
            customer_id=customer_id,
            starts_at=starts_at,
            ends_at=ends_at,
            below_transaction=below_transaction,
        )
        return [({}, value)]
    window = Window(customer_id, starts_at, ends_at, below_transaction)
    rows = _fetch(meter_statement(meter=meter, window=window, group_by=names, limit=MAX_GROUPS + 1))
    if len(rows) > MAX_GROUPS:
        raise TooManyGroups(f"There are more than {MAX_GROUPS} groups of {', '.join(names)}.")
    return [(dict(zip(names, row, strict=False)), _rounded(meter, row[-1])) for row in rows]


def daily_values(
    *, meter: Metered, customer_id: int, starts_at: datetime, ends_at: datetime, zone: str
) -> list[tuple[date, Decimal]]:
    """The value of each calendar day in `zone` that the window touches, days without events included as 0.

    The first and last day hold only their part of the window, and of each day only its own events count:
    nothing is carried over or rounded. Days of min, max, average, unique count, latest and percentile do not
    add up to the value of the window: that is the function over all events.
    """
    if ends_at <= starts_at:
        return []
    window = Window(customer_id, starts_at, ends_at)
    statement = aggregate_statement(meter=meter, window=window, keys=[local_day(zone)], carries_over=False)
    values = {day: _decimal(value) for day, value in _fetch(statement)}
    first, last = _local_days(starts_at, ends_at, zone)
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [(day, values.get(day, ZERO)) for day in days]


def current_watermark() -> int:
    """A number below which no event can appear any more: each transaction below it has ended.

    Close a period by taking the watermark after its end and reading with `below_transaction`. A running
    transaction that began earlier holds it back, so an event cannot slip in underneath.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        return int(cursor.fetchone()[0])


def event_partitions() -> list[tuple[str, int]]:
    """Each month's table with its size in bytes, indexes included, oldest first."""
    return [
        (name, int(size))
        for name, size in _rows(
            "SELECT c.relname, pg_total_relation_size(c.oid) FROM pg_inherits"
            " JOIN pg_class c ON c.oid = inhrelid WHERE inhparent = %s::regclass ORDER BY 1",
            [TABLE],
        )
    ]


def get_meter(reference: str) -> Meter:
    """The meter with this code or public id.

    Raises:
        MeterNotFound: there is none (404).
    """
    meter = Meter.objects.filter(Q(code=reference) | Q(public_id=reference)).first()
    if meter is None:
        raise MeterNotFound(f"There is no meter '{reference}'.", field="meter")
    return meter


def _local_days(starts_at: datetime, ends_at: datetime, zone: str) -> tuple[date, date]:
    """The first and the last day that a window touches."""
    local = ZoneInfo(zone)
    # The end is exclusive: midnight belongs to the day that begins with it.
    last = max(starts_at, ends_at - timedelta(microseconds=1))
    return starts_at.astimezone(local).date(), last.astimezone(local).date()


def _fetch(statement: Statement) -> list[tuple[Any, ...]]:
    return _rows(statement.text, statement.parameters)


def _rows(sql: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def _rounded(meter: Metered, value: Any) -> Decimal:
    return rounded_quantity(_decimal(value), rounding=meter.rounding, precision=meter.rounding_precision)


def _decimal(value: Any) -> Decimal:
    return ZERO if value is None else Decimal(value)
