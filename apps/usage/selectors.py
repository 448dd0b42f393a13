"""Reads of usage: values of meters over half-open windows in UTC. Each function makes one query."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Q

from apps.customers.enums import TestClockStatus
from apps.plans.models import Meter
from apps.usage.aggregation import Metered, Window, aggregate_statement, local_day, property_text
from apps.usage.errors import MeterNotFound, TooManyGroups
from apps.usage.months import TABLE

MAX_GROUPS = 1000
ZERO = Decimal(0)

Group = dict[str, str | None]


@dataclass(frozen=True, slots=True)
class KnownCustomer:
    """A customer that events name, and what time it is there (UTC)."""

    id: int
    now_at: datetime


def meter_value(
    *,
    meter: Metered,
    customer_id: int,
    starts_at: datetime,
    ends_at: datetime,
    below_transaction: int | None = None,
) -> Decimal:
    """The meter's exact value over [starts_at, ends_at); 0 where nothing counts; never rounded, maybe
    negative.

    With `below_transaction` (a `current_watermark()`) the answer is the same for ever: what is stored later,
    or was not yet committed, is left out.
    """
    window = Window(customer_id, starts_at, ends_at, below_transaction)
    rows = _fetch(meter, window)
    return _decimal(rows[0][0]) if rows else ZERO


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
    keys = [property_text(name) for name in names]
    statement = aggregate_statement(meter=meter, window=window, keys=keys, limit=MAX_GROUPS + 1)
    rows = _rows(statement.text, statement.parameters)
    if len(rows) > MAX_GROUPS:
        raise TooManyGroups(f"There are more than {MAX_GROUPS} groups of {', '.join(names)}.")
    return [(dict(zip(names, row, strict=False)), _decimal(row[-1])) for row in rows]


def daily_values(
    *, meter: Metered, customer_id: int, starts_at: datetime, ends_at: datetime, zone: str
) -> list[tuple[date, Decimal]]:
    """The value of each calendar day in `zone` that the window touches, days without events included as 0.

    The first and last day hold only their part of the window. Days of max, unique count and latest do not
    add up to the value of the window: that is the function over all events.
    """
    if ends_at <= starts_at:
        return []
    window = Window(customer_id, starts_at, ends_at)
    statement = aggregate_statement(meter=meter, window=window, keys=[local_day(zone)])
    values = {day: _decimal(value) for day, value in _rows(statement.text, statement.parameters)}
    first = starts_at.astimezone(ZoneInfo(zone)).date()
    # The end is exclusive: midnight belongs to the day that begins with it.
    last = (ends_at - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date()
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


def customers_by_reference(
    *, brand_id: int, livemode: bool, references: Collection[str], received_at: datetime
) -> dict[str, KnownCustomer]:
    """The customers behind public or external ids, in one query; a reference that means nobody is absent.

    `received_at` is the present of every customer without a running test clock. A public id comes first where
    somebody's external id looks the same.
    """
    if not references:
        return {}
    asked = sorted(reference for reference in references if "\n" not in reference)
    rows = _rows(_CUSTOMERS, [brand_id, livemode, "\n".join(asked), brand_id, livemode, "\n".join(asked)])
    return {
        reference: KnownCustomer(pk, received_at if clock_at is None else clock_at)
        for reference, pk, clock_at in rows
    }


# Two lookups by index, not one with OR; the later rows, by public id, win. One text joined by line breaks is
# several times as fast as a list of parameters.
_CUSTOMERS = f"""
SELECT external_id, customer.id, clock.now_at
FROM customers_customer AS customer
LEFT JOIN customers_testclock AS clock ON clock.id = test_clock_id AND clock.status <>
'{TestClockStatus.RELEASED}' WHERE customer.brand_id = %s AND customer.livemode = %s AND external_id =
ANY(string_to_array(%s, E'\\n')) UNION ALL SELECT customer.public_id, customer.id, clock.now_at FROM
customers_customer AS customer LEFT JOIN customers_testclock AS clock ON clock.id = test_clock_id AND
clock.status <> '{TestClockStatus.RELEASED}' WHERE customer.brand_id = %s AND customer.livemode = %s
    AND customer.public_id = ANY(string_to_array(%s, E'\\n'))
"""  # noqa: S608 - the one name in it is a constant


def _fetch(meter: Metered, window: Window) -> list[tuple[Any, ...]]:
    statement = aggregate_statement(meter=meter, window=window, keys=[])
    return _rows(statement.text, statement.parameters)


def _rows(sql: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def _decimal(value: Any) -> Decimal:
    return ZERO if value is None else Decimal(value)
