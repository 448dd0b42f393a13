"""What a unique count carries over, from monthly snapshots: nobody reads a customer's whole history.

A row of `usage_rolled_day` with the first day of a month, UTC, says that a value was active when the month
began; the value stands behind its groups. A reader takes the snapshot of the month in which its window
begins, and all events since. Where something was stored, amended or voided for the time before that month
since the rollup's watermark, it reads all events instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from apps.plans.enums import Aggregation
from apps.usage.aggregation import BEGINNING, Metered, Window, event_columns, events_statement
from apps.usage.rollup_shape import rollup_shape
from apps.usage.statement import Statement, joined


def needs_snapshots(meter: Metered) -> bool:
    return meter.carries_over and meter.aggregation == Aggregation.UNIQUE_COUNT


def carried_events(*, meter: Metered, window: Window, keys: Sequence[Statement]) -> Statement:
    """The events of a window and what they begin with, in the columns of `events_statement`."""
    month = month_of(window.starts_at)
    since = Window(window.customer_id, month, window.ends_at, window.below_transaction)
    before = Window(window.customer_id, BEGINNING, month, window.below_transaction)
    events = events_statement(meter=meter, window=since, keys=keys) + " UNION ALL "
    events = events + events_statement(meter=meter, window=before, keys=keys)
    events += " AND NOT EXISTS (SELECT 1 FROM usable) UNION ALL "
    usable = Statement("WITH usable AS MATERIALIZED (") + _usable(meter, before) + ") "
    return usable + events + _snapshot(meter, window, month, keys)


def month_of(instant: datetime) -> datetime:
    """The beginning of its month, UTC."""
    day = instant.astimezone(UTC)
    return datetime(day.year, day.month, 1, tzinfo=UTC)


def snapshot_properties(meter: Metered) -> Statement:
    """The properties of an event that would have made a row of a snapshot active."""
    names = [*sorted(meter.group_by), meter.value_property]
    pairs = [Statement(f"%s::text, groups[{place}]", [name]) for place, name in enumerate(names, start=1)]
    return Statement("jsonb_build_object(") + joined(pairs, ", ") + ")"


def _snapshot(meter: Metered, window: Window, month: datetime, keys: Sequence[Statement]) -> Statement:
    rows = (
        Statement("SELECT ")
        + snapshot_properties(meter)
        + Statement(
            ' AS properties, %s::timestamptz AS "timestamp", %s::timestamptz AS received_at,'
            " '00000000-0000-0000-0000-000000000000'::uuid AS claim_id FROM usage_rolled_day, usable"
            " WHERE shape = %s AND customer_id = %s AND day = %s",
            [month - timedelta(microseconds=1), month, rollup_shape(meter), window.customer_id, month.date()],
        )
    )
    return event_columns(meter, keys) + " FROM (" + rows + ") AS usage_event"


def _usable(meter: Metered, before: Window) -> Statement:
    """One row where the snapshot at the end of `before` is that of the events; see rolled for the guards."""
    usable = Statement(
        'SELECT 1 AS yes FROM usage_rollup WHERE shape = %s AND "until" >= %s'
        " AND watermark <= pg_snapshot_xmax(pg_current_snapshot())::text::bigint",
        [rollup_shape(meter), before.ends_at.date()],
    )
    if before.below_transaction is not None:
        usable += Statement(" AND watermark <= %s", [before.below_transaction])
    customer = [before.customer_id, meter.event_name]
    # Counted: of EXISTS the planner expects a hit at once, and begins to read the table for it.
    late = (
        ' AND (SELECT count(*) FROM (SELECT "timestamp" FROM usage_event WHERE customer_id = %s AND name'
        ' = %s AND transaction_id >= usage_rollup.watermark OFFSET 0) AS late WHERE "timestamp" < %s) = 0'
    )
    gone = (
        " AND NOT EXISTS (SELECT 1 FROM usage_event_revision WHERE superseded_customer_id = %s"
        " AND superseded_name = %s AND superseded_timestamp < %s"
        " AND transaction_id >= usage_rollup.watermark)"
    )
    return usable + Statement(late + gone, [*customer, before.ends_at, *customer, before.ends_at])
