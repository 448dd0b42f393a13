from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from django.db import connection

from apps.usage.aggregation import NEWEST_FIRST, Metered, adds_and_removes, conditions_below, value_statement
from apps.usage.models import Rollup
from apps.usage.months import next_month
from apps.usage.statement import Statement, joined, property_text

Customers = list[int] | None


def take_snapshots(*, rollup: Rollup, meter: Metered, watermark: int, today: date) -> tuple[int, date]:
    """Write which values were active when each month began (UTC), up to the month of `today`.

    The caller holds the lock on `rollup`, which stands for everything below its watermark. Snapshots of
    customers for whom something came or went since are taken anew from the month in which it did. Returns
    the rows written, and the last month.
    """
    written = 0
    changed = _changed(rollup, meter, watermark)
    if changed:
        customers, month = sorted(changed), min(changed.values()).replace(day=1)
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM usage_rolled_day WHERE shape = %s AND customer_id = ANY(%s) AND day > %s",
                [rollup.shape, customers, month],
            )
        while month < rollup.until:
            written += _write(rollup.shape, meter, watermark, month, customers)
            month = next_month(month)
    month = rollup.until
    while month < today.replace(day=1):
        written += _write(rollup.shape, meter, watermark, month, None)
        month = next_month(month)
    return written, month


def _changed(rollup: Rollup, meter: Metered, watermark: int) -> dict[int, date]:
    """The first changed day of each customer."""
    since = "transaction_id >= %s AND transaction_id < %s"
    came = f'SELECT customer_id, "timestamp" FROM usage_event WHERE name = %s AND {since}'  # noqa: S608
    went = (
        "SELECT superseded_customer_id, superseded_timestamp FROM usage_event_revision"  # noqa: S608
        f" WHERE superseded_name = %s AND {since}"
    )
    asked: list[Any] = [meter.event_name, rollup.watermark, watermark]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT customer_id, (min(\"timestamp\") AT TIME ZONE 'UTC')::date"  # noqa: S608
            f' FROM ({came} UNION ALL {went}) AS change WHERE "timestamp" < %s GROUP BY customer_id',
            [*asked, *asked, _midnight(rollup.until)],
        )
        return dict(cursor.fetchall())


def _write(shape: str, meter: Metered, watermark: int, month: date, customers: Customers) -> int:
    """The snapshot at the end of `month`: that at its beginning, and what happened in it."""
    held = _held(shape, meter, month)
    happened = _happened(meter, watermark, month)
    if customers is not None:
        held += Statement(" AND customer_id = ANY(%s)", [customers])
        happened += Statement(" AND customer_id = ANY(%s)", [customers])
    head = Statement(_HEAD, [shape, next_month(month)])
    statement = head + held + " UNION ALL " + happened + _TAIL
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.parameters)
        return int(cursor.rowcount)


_HEAD = """
INSERT INTO usage_rolled_day (shape, customer_id, day, groups, events, numbers)
SELECT %s, customer_id, %s, groups, 1, 0 FROM (
    SELECT DISTINCT ON (customer_id, groups) customer_id, groups, operation FROM ("""
_TAIL = f""") AS change ORDER BY customer_id, groups, {NEWEST_FIRST}
) AS newest WHERE operation IS DISTINCT FROM 'remove'
"""


def _held(shape: str, meter: Metered, month: date) -> Statement:
    return Statement(
        "SELECT customer_id, groups, NULL::text AS operation, '-infinity'::timestamptz AS \"timestamp\","
        " '-infinity'::timestamptz AS received_at, NULL::uuid AS claim_id FROM usage_rolled_day"
        " WHERE shape = %s AND day = %s",
        [shape, month],
    )


def _happened(meter: Metered, watermark: int, month: date) -> Statement:
    names = [property_text(name) for name in sorted(meter.group_by)]
    columns = Statement("SELECT customer_id, ARRAY[") + joined([*names, value_statement(meter)], ", ")
    operation = property_text("operation") if adds_and_removes(meter) else Statement("NULL::text")
    columns = columns + "]::text[] AS groups, " + operation
    columns += ', "timestamp", received_at, claim_id FROM usage_event WHERE '
    bounds = [_midnight(month), _midnight(next_month(month))]
    within = Statement('"timestamp" >= %s AND "timestamp" < %s', bounds)
    exists = value_statement(meter) + " IS NOT NULL"
    return columns + joined([within, exists, *conditions_below(meter, watermark)], " AND ")


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
