"""Reads of single events in order of time, for prices that need more than a meter's value.

Each function makes one query, and its answer has a row for each event of the window: a price that does not
read events costs far less to rate.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from apps.plans.enums import Aggregation
from apps.pricing.exact import ZERO, product, total
from apps.pricing.rounding import rounded_decimal
from apps.pricing.usage import Change
from apps.usage.active_days import WEIGHTED_BY_DAYS
from apps.usage.aggregation import Metered, Window, adds_and_removes, events_statement, local_day
from apps.usage.errors import NoEventAmounts, NotWeightedByDays
from apps.usage.statement import Statement

IN_ORDER = ' ORDER BY "timestamp", received_at, claim_id'
REMOVE = "remove"


def event_amounts(
    *,
    meter: Metered,
    customer_id: int,
    starts_at: datetime,
    ends_at: datetime,
    below_transaction: int | None = None,
) -> list[Decimal]:
    """What each event of [starts_at, ends_at) is worth to the meter, oldest first; others are left out.

    Nothing is carried over or rounded. `below_transaction` as in `meter_value`.

    Raises:
        NoEventAmounts: the meter counts distinct texts (422).
    """
    if meter.aggregation == Aggregation.UNIQUE_COUNT:
        raise NoEventAmounts("A meter of 'unique_count' has no amounts: its values are texts.")
    window = Window(customer_id, starts_at, ends_at, below_transaction)
    events = events_statement(meter=meter, window=window, keys=[])
    rows = Statement("SELECT value FROM (") + events + ") AS event WHERE value IS NOT NULL" + IN_ORDER  # noqa: S608
    return [Decimal(value) for (value,) in _rows(rows)]


def active_changes(  # noqa: PLR0913 - a window, and how its days count
    *,
    meter: Metered,
    customer_id: int,
    starts_at: datetime,
    ends_at: datetime,
    zone: str,
    period_days: int,
    below_transaction: int | None = None,
    last_day: date | None = None,
) -> list[Change]:
    """The events behind `meter_active_value`, oldest first, each with its units weighted by active days.

    What was carried over comes first, as one change. The sum of the changes is that value before the
    meter's rounding (quotients to 30 decimals).

    Raises:
        NotWeightedByDays: of the aggregation nothing stands from day to day (422).
    """
    if meter.aggregation not in WEIGHTED_BY_DAYS:
        raise NotWeightedByDays(f"A meter of '{meter.aggregation}' has no active days.")
    window = Window(customer_id, starts_at, ends_at, below_transaction)
    reach = window.from_the_beginning() if meter.carries_over else window
    operation = "operation" if adds_and_removes(meter) else "NULL::text"
    events = events_statement(meter=meter, window=reach, keys=[local_day(zone)])
    rows = Statement(f'SELECT value, {operation}, key0, "timestamp" < %s FROM (', [starts_at])  # noqa: S608
    found = _rows(rows + events + ") AS event WHERE value IS NOT NULL" + IN_ORDER)
    first = starts_at.astimezone(ZoneInfo(zone)).date()
    # The end is exclusive: midnight belongs to the day that begins with it.
    last = last_day or max(starts_at, ends_at - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date()
    distinct = meter.aggregation == Aggregation.UNIQUE_COUNT
    moves = _moves_of_values(found, first, last) if distinct else _moves_of_units(found, first, last)
    return _changes(moves, period_days)


Move = tuple[bool, Decimal, int]
"""Whether it came before the window, the units, and the days for which one of them counts."""


def _moves_of_units(rows: Iterable[tuple[Any, ...]], first: date, last: date) -> Iterable[Move]:
    for value, _, day, is_earlier in rows:
        yield is_earlier, Decimal(value), (last - max(day, first)).days + 1


def _moves_of_values(rows: Iterable[tuple[Any, ...]], first: date, last: date) -> Iterable[Move]:
    """The day of a removal still counts; a value that comes back on it does not count that day twice."""
    removed: dict[str, date | None] = {}
    for value, operation, day, is_earlier in rows:
        is_active = value in removed and removed[value] is None
        days = (last - max(day, first)).days + 1
        if operation == REMOVE and is_active:
            removed[value] = day
            yield is_earlier, Decimal(-1), days if day < first else days - 1
        elif operation != REMOVE and not is_active:
            gone = removed.get(value)
            removed[value] = None
            yield is_earlier, Decimal(1), days - 1 if gone == day and day >= first else days


def _changes(moves: Iterable[Move], period_days: int) -> list[Change]:
    carried: list[tuple[Decimal, Decimal]] = []
    changes: list[Change] = []
    for is_earlier, units, days in moves:
        weighted = product(units, Decimal(days))
        if is_earlier:
            carried.append((units, weighted))
        else:
            changes.append(_change(units, weighted, period_days))
    if carried:
        units, weighted = (total(column) for column in zip(*carried, strict=True))
        changes.insert(0, _change(units, weighted, period_days))
    return [change for change in changes if change.units or change.prorated_units != ZERO]


def _change(units: Decimal, weighted: Decimal, period_days: int) -> Change:
    return Change(units, rounded_decimal(Fraction(weighted) / period_days))


def _rows(statement: Statement) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.parameters)
        return list(cursor.fetchall())
