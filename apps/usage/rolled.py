"""Reading a meter's value: from daily rollups where they are proven, from events where they are not.

The window's whole UTC days are read from `usage_rolled_day`. Both edges, the days after the last rolled one,
and each day in which something was stored, amended or voided since the rollup's watermark are read from
events, so the answer is that of the events alone. It is one statement, hence one snapshot.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from apps.plans.enums import Aggregation
from apps.usage.aggregation import (
    Metered,
    Window,
    aggregate_statement,
    averaged_over_time,
    event_condition,
    events_statement,
    value_statement,
)
from apps.usage.carried_values import carried_events, needs_snapshots
from apps.usage.rollup_shape import ROLLED_UP, needs_rollup, rollup_shape
from apps.usage.statement import THIRTY_DECIMALS, Statement, joined, property_text

_FUNCTIONS = {
    Aggregation.COUNT: "sum(events)",
    Aggregation.SUM: "sum(total)",
    Aggregation.MIN: "min(lowest)",
    Aggregation.MAX: "max(highest)",
    Aggregation.AVERAGE: f"trim_scale((sum(total) + {THIRTY_DECIMALS}) / NULLIF(sum(numbers), 0))",
}


def meter_statement(
    *, meter: Metered, window: Window, group_by: Sequence[str] = (), limit: int | None = None
) -> Statement:
    """Rows of the groups' keys and the value, as `aggregate_statement` has them."""
    if needs_snapshots(meter) and set(group_by) <= set(meter.group_by):
        keys = [property_text(name) for name in group_by]
        events = carried_events(meter=meter, window=window, keys=keys)
        return aggregate_statement(meter=meter, window=window, keys=keys, limit=limit, events=events)
    reach = window.before() if meter.aggregation == Aggregation.WEIGHTED_SUM else _reach(meter, window)
    # Without a whole day, or grouped by what the rollup does not hold, there is nothing to gain.
    fits = _first_day(reach) < _last_day(reach) and set(group_by) <= set(meter.group_by)
    if not fits or not needs_rollup(meter):
        keys = [property_text(name) for name in group_by]
        return aggregate_statement(meter=meter, window=window, keys=keys, limit=limit)
    names = ", ".join(f"key{n}" for n in range(len(group_by)))
    if meter.aggregation in ROLLED_UP:
        parts = _parts(meter, reach, group_by)
        rows = Statement(f"SELECT {names}, " if names else "SELECT ")
        rows = rows + _FUNCTIONS[Aggregation(meter.aggregation)] + " FROM (" + parts + ") AS part"
    else:
        rows = _weighted(meter, window, group_by, names)
    rows += f" GROUP BY {names} ORDER BY {names}" if names else ""
    return rows if limit is None else rows + Statement(" LIMIT %s", [limit])


def _reach(meter: Metered, window: Window) -> Window:
    return window.from_the_beginning() if meter.carries_over else window


def _weighted(meter: Metered, window: Window, group_by: Sequence[str], names: str) -> Statement:
    """What was there before stood for the whole window; the rest is the window's own events."""
    listed = f"{names}, " if names else ""
    keys = [property_text(name) for name in group_by]
    events = events_statement(meter=meter, window=window, keys=keys)
    stood = Statement('value * EXTRACT(EPOCH FROM (%s - "timestamp"))', [window.ends_at])
    own = Statement(f"SELECT {listed}") + stood + " AS stood FROM (" + events + ") AS event"  # noqa: S608
    carried = Statement(f"SELECT {listed}total * %s AS stood FROM (", [window.seconds])  # noqa: S608
    carried = carried + _parts(meter, window.before(), group_by) + ") AS part"
    averaged = averaged_over_time(Statement("sum(stood)"), window)
    head = Statement(f"SELECT {listed}") + averaged
    return head + " FROM (" + own + " UNION ALL " + carried + ") AS part"


def _parts(meter: Metered, window: Window, group_by: Sequence[str]) -> Statement:
    """Partial sums of the window: keys, events, numbers, total, lowest, highest."""
    names = ", ".join(f"key{n}" for n in range(len(group_by)))
    listed = f"{names}, " if names else ""
    whole = (
        Statement("WITH bound AS MATERIALIZED (")
        + _bound(meter, window)
        + "), changed AS MATERIALIZED ("
        + _changed(meter, window, group_by)
        + "), span AS MATERIALIZED ("
        + _spans(window)
        + ") "
    )
    rolled = Statement("SELECT ") + joined(
        [*_rolled_keys(meter, group_by), Statement("events, numbers, total, lowest, highest")], ", "
    )
    rolled += Statement(
        " FROM usage_rolled_day AS rolled, bound WHERE rolled.shape = %s AND rolled.customer_id = %s"
        " AND rolled.day >= %s AND rolled.day < bound.last"
        " AND NOT EXISTS (SELECT 1 FROM changed WHERE changed.day = rolled.day)",
        [rollup_shape(meter), window.customer_id, _first_day(window)],
    )
    raw = Statement(
        f"SELECT {listed}count(*), count(value), sum(value), min(value), max(value) FROM ("  # noqa: S608
    )
    raw = raw + _span_events(meter, window, group_by) + ") AS event" + (f" GROUP BY {names}" if names else "")
    return whole + rolled + " UNION ALL " + raw


def _rolled_keys(meter: Metered, group_by: Sequence[str]) -> list[Statement]:
    places = {name: place for place, name in enumerate(sorted(meter.group_by), start=1)}
    return [Statement(f"groups[{places[name]}] AS key{n}") for n, name in enumerate(group_by)]


def _bound(meter: Metered, window: Window) -> Statement:
    """One row where a rollup may be used: its watermark, and the day before which it holds the days.

    It is refused where it may hold what is not below the asked transaction, or where its watermark lies in
    the future: then the database was restored into another server, whose transactions count anew.
    """
    bound = Statement(
        'SELECT watermark, LEAST("until", %s::date) AS last FROM usage_rollup WHERE shape = %s'
        ' AND "until" > %s::date AND watermark <= pg_snapshot_xmax(pg_current_snapshot())::text::bigint',
        [_last_day(window), rollup_shape(meter), _first_day(window)],
    )
    if window.below_transaction is not None:
        bound += Statement(" AND watermark <= %s", [window.below_transaction])
    return bound


def _changed(meter: Metered, window: Window, group_by: Sequence[str]) -> Statement:
    """Days that the rollup holds no longer: late events, amendments and voids since its watermark.

    OFFSET 0 keeps the window's time out of the index condition: the planner cannot know how few entries the
    unknown watermark leaves, and would walk through all events of the window instead.
    """
    since = "transaction_id >= (SELECT watermark FROM bound)"
    customer = [window.customer_id, meter.event_name]
    late = (
        'SELECT ("timestamp" AT TIME ZONE \'UTC\')::date AS day FROM (SELECT "timestamp" FROM usage_event'  # noqa: S608
        f" WHERE customer_id = %s AND name = %s AND {since} OFFSET 0) AS late"
    )
    gone = (
        "SELECT (superseded_timestamp AT TIME ZONE 'UTC')::date FROM usage_event_revision"  # noqa: S608
        f" WHERE superseded_customer_id = %s AND superseded_name = %s AND {since}"
    )
    parts = [Statement(late, customer), Statement(gone, customer)]
    if group_by:
        # A day of too many groups is rolled up without them.
        crowded = "SELECT day FROM usage_rolled_day WHERE shape = %s AND customer_id = %s AND groups = '{}'"
        parts.append(Statement(crowded, [rollup_shape(meter), window.customer_id]))
    changed = Statement("SELECT DISTINCT day FROM (") + joined(parts, " UNION ALL ")
    last = "(SELECT last FROM bound)"
    return changed + Statement(f") AS one WHERE day >= %s AND day < {last}", [_first_day(window)])


def _spans(window: Window) -> Statement:
    """What is read from events: the edges and the changed days; without a rollup, the two edges meet."""
    midnight = _midnight(_first_day(window))
    return Statement(
        "SELECT %s::timestamptz AS starts_at, %s::timestamptz AS ends_at UNION ALL"
        " SELECT COALESCE((SELECT last::timestamp AT TIME ZONE 'UTC' FROM bound), %s), %s UNION ALL"
        " SELECT day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC' FROM changed",
        [window.starts_at, midnight, midnight, window.ends_at],
    )


def _span_events(meter: Metered, window: Window, group_by: Sequence[str]) -> Statement:
    """The counting events of all spans; LATERAL and OFFSET 0 make each span a walk along the index."""
    columns = [property_text(name) + f" AS key{n}" for n, name in enumerate(group_by)]
    columns.append(value_statement(meter) + " AS value")
    inner = Statement("SELECT ") + joined(columns, ", ")
    inner = inner + " FROM usage_event WHERE " + event_condition(meter, window)
    inner += ' AND "timestamp" >= span.starts_at AND "timestamp" < span.ends_at OFFSET 0'
    spans = Statement("SELECT found.* FROM span CROSS JOIN LATERAL (")
    return spans + inner + ") AS found"


def _first_day(window: Window) -> date:
    """The first whole UTC day."""
    starts_at = window.starts_at.astimezone(UTC)
    day = starts_at.date()
    return day if _midnight(day) == starts_at else day + timedelta(days=1)


def _last_day(window: Window) -> date:
    """The day after the last whole one."""
    return window.ends_at.astimezone(UTC).date()


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
