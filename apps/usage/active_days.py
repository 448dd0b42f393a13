"""Values weighted by the local days on which they stood: seats by event, storage, licences in use."""

from __future__ import annotations

from datetime import date

from apps.plans.enums import Aggregation
from apps.usage.aggregation import Metered, Window, adds_and_removes, events_statement, local_day
from apps.usage.carried_values import carried_events, needs_snapshots
from apps.usage.statement import THIRTY_DECIMALS, Statement

WEIGHTED_BY_DAYS = frozenset({Aggregation.COUNT, Aggregation.SUM, Aggregation.UNIQUE_COUNT})
"""What stays until it is taken back; of the others nothing stands from one day to the next."""


def active_days_statement(
    *, meter: Metered, window: Window, zone: str, first: date, last: date, period_days: int
) -> Statement:
    """One row: the full value, and the value by active days of `period_days`.

    A unit is active from the local day of its event to the day on which it is removed, both included, else to
    `last`; what was carried over, from `first`. A distinct value that comes and goes has each day once.
    """
    keys = [local_day(zone)]
    if needs_snapshots(meter):
        events = carried_events(meter=meter, window=window, keys=keys)
    else:
        reach = window.from_the_beginning() if meter.carries_over else window
        events = events_statement(meter=meter, window=reach, keys=keys)
    if meter.aggregation == Aggregation.UNIQUE_COUNT:
        full, days = _days_of_values(meter, events, first, last)
    else:
        full = Statement("SELECT sum(value), sum(value * (%s::date - GREATEST(key0, %s::date) + 1))")
        full.parameters += [last, first]
        full, days = full + " FROM (" + events + ") AS event", Statement()
    head = Statement("SELECT units, trim_scale((days + ") + THIRTY_DECIMALS
    rows = head + Statement(") / %s) FROM (", [period_days]) + full + ") AS active(units, days)"
    return days + rows


def _days_of_values(
    meter: Metered, events: Statement, first: date, last: date
) -> tuple[Statement, Statement]:
    """The counting row, and the WITH clause that must come before it."""
    operation = "operation" if adds_and_removes(meter) else "NULL::text AS operation"
    stretches = Statement(f"WITH stretch AS MATERIALIZED (SELECT value, {operation}, key0 AS begins,")
    stretches += ' lead(key0) OVER (PARTITION BY value ORDER BY "timestamp", received_at, claim_id) AS ends'
    stretches = stretches + " FROM (" + events + ") AS event WHERE value IS NOT NULL) "
    day = "SELECT DISTINCT value, day FROM stretch, generate_series(GREATEST(begins - %s::date, 0),"
    days = Statement(day, [first])
    days += Statement(" LEAST(COALESCE(ends, %s::date), %s::date) - %s::date) AS day", [last, last, first])
    days += " WHERE operation IS DISTINCT FROM 'remove'"
    counted = Statement(
        "SELECT (SELECT count(*)::numeric FROM stretch"
        " WHERE ends IS NULL AND operation IS DISTINCT FROM 'remove'),"
        " (SELECT count(*)::numeric FROM ("
    )
    return counted + days + ") AS active)", stretches
