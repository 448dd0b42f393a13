from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from apps.plans.models import Meter
from apps.usage.aggregation import Metered, conditions_below, value_statement
from apps.usage.carried_values import needs_snapshots
from apps.usage.models import Rollup
from apps.usage.rollup_shape import needs_rollup, rollup_shape
from apps.usage.selectors import MAX_GROUPS, current_watermark
from apps.usage.services.take_snapshots import take_snapshots
from apps.usage.statement import Statement, joined, property_text

DAYS_AT_ONCE = 31
"""Days of one transaction: a long history is rolled up in steps."""


def roll_up(*, at: datetime) -> int:
    """Bring the rollups of all meters up to the day before `at` (UTC); returns how many rows were written.

    A day is rolled up when it is over, from the events below a commit-safe watermark; a customer's day for
    which something was stored, amended or voided since the last time is rolled up anew. Readers are exact in
    between (see rolled.py), so running this late, twice or in several processes changes no number. A day with
    more than 1,000 groups is kept as one row without groups. Rollups that no meter reads are dropped.
    """
    meters = {
        rollup_shape(meter): meter
        for meter in Meter.objects.all()
        if needs_rollup(meter) or needs_snapshots(meter)
    }
    _drop_others(meters)
    today = at.astimezone(UTC).date()
    written = 0
    for shape, meter in sorted(meters.items()):
        finished = False
        while not finished:
            rows, finished = _step(shape, meter, today, at)
            written += rows
    return written


@transaction.atomic
def _drop_others(shapes: Iterable[str]) -> None:
    left = list(Rollup.objects.select_for_update().exclude(shape__in=list(shapes)).order_by("shape"))
    with connection.cursor() as cursor:
        for rollup in left:
            cursor.execute("DELETE FROM usage_rolled_day WHERE shape = %s", [rollup.shape])
            rollup.delete()


@transaction.atomic
def _step(shape: str, meter: Metered, today: date, at: datetime) -> tuple[int, bool]:
    """Roll up what changed, and the next days; returns rows written, and whether that was all."""
    rollup = _locked(shape, meter, today, at)
    # Taken before the events are looked at: what is below it can be seen by every statement from now on.
    watermark = current_watermark()
    if rollup.watermark > watermark:
        # Watermarks only rise within one server: this database was restored into another.
        _begin_anew(rollup, meter, today)
    if needs_snapshots(meter):
        written, until = take_snapshots(rollup=rollup, meter=meter, watermark=watermark, today=today)
        finished = True
    else:
        written = _roll_changed(rollup, meter, watermark)
        until = max(rollup.until, min(today, rollup.until + timedelta(days=DAYS_AT_ONCE)))
        if until > rollup.until:
            written += _write(shape, meter, watermark, _between(rollup.until, until))
        finished = until >= today
    rollup.watermark, rollup.until, rollup.rolled_at = watermark, until, at
    rollup.save(update_fields=["watermark", "until", "rolled_at"])
    return written, finished


def _locked(shape: str, meter: Metered, today: date, at: datetime) -> Rollup:
    if not Rollup.objects.filter(shape=shape).exists():
        first = {"watermark": 0, "until": _first_day(meter, today), "rolled_at": at}
        Rollup.objects.get_or_create(shape=shape, defaults=first)
    return Rollup.objects.select_for_update().get(shape=shape)


def _begin_anew(rollup: Rollup, meter: Metered, today: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM usage_rolled_day WHERE shape = %s", [rollup.shape])
    rollup.watermark, rollup.until = 0, _first_day(meter, today)


def _first_day(meter: Metered, today: date) -> date:
    """Of its events; what comes later for a day before it is a change."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (min(\"timestamp\") AT TIME ZONE 'UTC')::date FROM usage_event WHERE name = %s",
            [meter.event_name],
        )
        first: date | None = cursor.fetchone()[0]
    first = today if first is None else min(first, today)
    return first.replace(day=1) if needs_snapshots(meter) else first


def _roll_changed(rollup: Rollup, meter: Metered, watermark: int) -> int:
    """Replace the rolled days into which something came, or out of which something went."""
    since = "transaction_id >= %s AND transaction_id < %s"
    asked: list[Any] = [meter.event_name, rollup.watermark, watermark, _midnight(rollup.until)]
    came = (
        "SELECT customer_id, (\"timestamp\" AT TIME ZONE 'UTC')::date FROM usage_event"  # noqa: S608
        f' WHERE name = %s AND {since} AND "timestamp" < %s'
    )
    went = (
        "SELECT superseded_customer_id, (superseded_timestamp AT TIME ZONE 'UTC')::date"  # noqa: S608
        f" FROM usage_event_revision WHERE superseded_name = %s AND {since}"
        " AND superseded_timestamp < %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(f"{came} UNION {went}", [*asked, *asked])
        cells = cursor.fetchall()
        if not cells:
            return 0
        customers, days = ([cell[place] for cell in cells] for place in (0, 1))
        cursor.execute(
            "DELETE FROM usage_rolled_day USING unnest(%s::bigint[], %s::date[]) AS cell(customer_id, day)"
            " WHERE shape = %s AND usage_rolled_day.customer_id = cell.customer_id"
            " AND usage_rolled_day.day = cell.day",
            [customers, days, rollup.shape],
        )
    return _write(rollup.shape, meter, watermark, _of_cells(customers, days))


@dataclass(frozen=True, slots=True)
class _Source:
    """Which events: what to select from, and the condition that joins it to `usage_event`."""

    origin: Statement
    condition: Statement


def _write(shape: str, meter: Metered, watermark: int, source: _Source) -> int:
    names = [property_text(name) for name in sorted(meter.group_by)]
    day = "(\"timestamp\" AT TIME ZONE 'UTC')::date AS day"
    columns = Statement(f"SELECT usage_event.customer_id, {day}, ARRAY[") + joined(names, ", ")
    columns = columns + "]::text[] AS groups, " + value_statement(meter) + " AS value"
    condition = joined([source.condition, *conditions_below(meter, watermark)], " AND ")
    events = columns + " FROM " + source.origin + " WHERE " + condition
    statement = Statement(_HEAD, [shape, MAX_GROUPS]) + events + _TAIL
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.parameters)
        return int(cursor.rowcount)


_HEAD = """
INSERT INTO usage_rolled_day (shape, customer_id, day, groups, events, numbers, total, lowest, highest)
SELECT %s, customer_id, day, kept, sum(events), sum(numbers), sum(total), min(lowest), max(highest)
FROM (
    SELECT customer_id, day, events, numbers, total, lowest, highest,
        CASE WHEN count(*) OVER (PARTITION BY customer_id, day) > %s THEN '{}' ELSE groups END AS kept
    FROM (
        SELECT customer_id, day, groups, count(*) AS events, count(value) AS numbers, sum(value) AS total,
            min(value) AS lowest, max(value) AS highest
        FROM ("""
_TAIL = """) AS event GROUP BY customer_id, day, groups
    ) AS cell
) AS capped
GROUP BY customer_id, day, kept
"""


def _between(first: date, until: date) -> _Source:
    condition = Statement('"timestamp" >= %s AND "timestamp" < %s', [_midnight(first), _midnight(until)])
    return _Source(Statement("usage_event"), condition)


def _of_cells(customers: list[int], days: list[date]) -> _Source:
    origin = Statement(
        "unnest(%s::bigint[], %s::date[]) AS cell(customer, midnight) JOIN usage_event ON"
        " usage_event.customer_id = cell.customer"
        " AND \"timestamp\" >= (cell.midnight::timestamp AT TIME ZONE 'UTC')"
        " AND \"timestamp\" < ((cell.midnight + 1)::timestamp AT TIME ZONE 'UTC')",
        [customers, days],
    )
    # Months outside of these days are not even looked at.
    bounds = [_midnight(min(days)), _midnight(max(days) + timedelta(days=1))]
    return _Source(origin, Statement('"timestamp" >= %s AND "timestamp" < %s', bounds))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
