"""How a meter becomes SQL: which events count, what one is worth, and how they add up.

One truth: every reader (invoice, API, chart) goes through these statements. A value counts when it is a JSON
number, or a text that is written like one; other events of the meter are ignored (they still count for
`count`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from apps.plans.enums import Aggregation, UniqueMode
from apps.plans.value_expression import parse_expression
from apps.usage.expressions import expression_statement
from apps.usage.statement import THIRTY_DECIMALS, Statement, joined, property_number, property_text

# The newest event wins; of two at one instant, the one that was received last.
NEWEST_FIRST = '"timestamp" DESC, received_at DESC, claim_id DESC'
BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
"""Before every event: where the window of a value that carries over begins."""


class Metered(Protocol):
    """What a meter must say of itself; plans' Meter has this shape."""

    @property
    def event_name(self) -> str: ...
    @property
    def aggregation(self) -> str: ...
    @property
    def value_property(self) -> str: ...
    @property
    def value_expression(self) -> str: ...
    @property
    def filters(self) -> Any: ...
    @property
    def group_by(self) -> Any: ...
    @property
    def unique_mode(self) -> str: ...
    @property
    def carries_over(self) -> bool: ...
    @property
    def percentile(self) -> Decimal | None: ...
    @property
    def rounding(self) -> str: ...
    @property
    def rounding_precision(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Window:
    """The events of one customer in [starts_at, ends_at) (UTC), and stored before a transaction, if one is
    given.
    """

    customer_id: int
    starts_at: datetime
    ends_at: datetime
    below_transaction: int | None = None

    @property
    def seconds(self) -> Decimal:
        """Its length, exact to the microsecond."""
        return Decimal((self.ends_at - self.starts_at) // timedelta(microseconds=1)).scaleb(-6)

    def from_the_beginning(self) -> Window:
        return replace(self, starts_at=BEGINNING)

    def before(self) -> Window:
        """Everything that came earlier."""
        return replace(self, starts_at=BEGINNING, ends_at=self.starts_at)


def local_day(zone: str) -> Statement:
    """The calendar day of an event in a zone."""
    return Statement('(("timestamp" AT TIME ZONE %s)::date)', [zone])


def aggregate_statement(
    *,
    meter: Metered,
    window: Window,
    keys: Sequence[Statement],
    limit: int | None = None,
    carries_over: bool | None = None,
    events: Statement | None = None,
) -> Statement:
    """Rows of the keys' values and the aggregated value; without keys, one row (or, for latest and
    percentile, none or one). A meter that carries over also looks at everything before the window, unless
    told not to, or given the `events` in the columns of `events_statement`.
    """
    names = ", ".join(f"key{n}" for n in range(len(keys)))
    carries_over = meter.carries_over if carries_over is None else carries_over
    reach = window.from_the_beginning() if carries_over else window
    if events is None:
        events = events_statement(meter=meter, window=reach, keys=keys)
    # Every text below is one of ours: what a meter or a caller says goes in as a parameter.
    if meter.aggregation == Aggregation.LATEST:
        rows = _latest(events, names)
    elif meter.aggregation == Aggregation.PERCENTILE:
        rows = _percentile(events, names, meter.percentile or Decimal(100))
    else:
        if adds_and_removes(meter):
            events = _left_active(events, names)
        listed = Statement(f"SELECT {names}, " if names else "SELECT ")
        rows = listed + _function(meter, window) + " FROM (" + events + ") AS event"
        rows += f" GROUP BY {names} ORDER BY {names}" if names else ""
    return rows if limit is None else rows + Statement(" LIMIT %s", [limit])


def events_statement(*, meter: Metered, window: Window, keys: Sequence[Statement]) -> Statement:
    """The counting events of a window: keys, value, and what tells their order."""
    return event_columns(meter, keys) + " FROM usage_event WHERE " + event_condition(meter, window)


def event_columns(meter: Metered, keys: Sequence[Statement]) -> Statement:
    columns = [key + f" AS key{n}" for n, key in enumerate(keys)]
    columns.append(value_statement(meter) + " AS value")
    if adds_and_removes(meter):
        columns.append(property_text("operation") + " AS operation")
    return Statement("SELECT ") + joined(columns, ", ") + ', "timestamp", received_at, claim_id'


def adds_and_removes(meter: Metered) -> bool:
    return meter.aggregation == Aggregation.UNIQUE_COUNT and meter.unique_mode == UniqueMode.ADD_REMOVE


def value_statement(meter: Metered) -> Statement:
    """What one event is worth: 1, the property as text for a unique count, else an exact number or NULL."""
    if meter.aggregation == Aggregation.COUNT:
        return Statement("1::numeric")
    if meter.aggregation == Aggregation.UNIQUE_COUNT:
        return property_text(meter.value_property)
    if meter.value_expression:
        return expression_statement(parse_expression(meter.value_expression))
    return property_number(meter.value_property)


_FUNCTIONS: Mapping[str, str] = {
    Aggregation.COUNT: "count(*)",
    Aggregation.SUM: "sum(value)",
    Aggregation.MIN: "min(value)",
    Aggregation.MAX: "max(value)",
    Aggregation.AVERAGE: f"trim_scale((sum(value) + {THIRTY_DECIMALS}) / NULLIF(count(value), 0))",
    Aggregation.UNIQUE_COUNT: "count(DISTINCT value)",
}


def _function(meter: Metered, window: Window) -> Statement:
    if meter.aggregation != Aggregation.WEIGHTED_SUM:
        return Statement(_FUNCTIONS[meter.aggregation])
    stood = Statement('sum(value * LEAST(EXTRACT(EPOCH FROM (%s - "timestamp")), %s))')
    stood.parameters += [window.ends_at, window.seconds]
    return averaged_over_time(stood, window)


def averaged_over_time(stood: Statement, window: Window) -> Statement:
    """Values times the seconds for which they stood, by the seconds of the window.

    That is the running total, integrated over time: what came before the window stood for all of it. Exact
    to 30 decimals.
    """
    divided = Statement("trim_scale((") + stood + f" + {THIRTY_DECIMALS}) / NULLIF("
    return divided + Statement("%s::numeric, 0))", [window.seconds])


def _latest(events: Statement, names: str) -> Statement:
    if not names:
        rows = Statement("SELECT value FROM (") + events
        return rows + f") AS event WHERE value IS NOT NULL ORDER BY {NEWEST_FIRST} LIMIT 1"
    rows = Statement(f"SELECT DISTINCT ON ({names}) {names}, value FROM (") + events  # noqa: S608
    return rows + f") AS event WHERE value IS NOT NULL ORDER BY {names}, {NEWEST_FIRST}"


def _percentile(events: Statement, names: str, percentile: Decimal) -> Statement:
    """By nearest rank: the smallest value that at least this share of the values does not exceed.

    The rank is counted in exact numbers: `percentile_disc` takes a float, and 7 % of 100 is then the eighth.
    """
    listed = f"{names}, " if names else ""
    partition = f"PARTITION BY {names}" if names else ""
    places = f"count(*) OVER ({partition}) AS places"
    ranked = Statement(f"SELECT {listed}value, {places}, row_number() OVER ({partition} ORDER BY value)")
    ranked = ranked + " AS place FROM (" + events + ") AS event WHERE value IS NOT NULL"
    rows = Statement(f"SELECT {listed}value FROM (") + ranked  # noqa: S608
    rows += Statement(") AS ranked WHERE place = GREATEST(ceil(places * %s::numeric / 100), 1)", [percentile])
    return rows + (f" ORDER BY {names}" if names else "")


def _left_active(events: Statement, names: str) -> Statement:
    """The values whose newest event does not remove them."""
    by = f"{names}, value" if names else "value"
    newest = Statement(f"SELECT DISTINCT ON ({by}) {by}, operation FROM (") + events  # noqa: S608
    newest += f") AS event WHERE value IS NOT NULL ORDER BY {by}, {NEWEST_FIRST}"
    rows = Statement(f"SELECT {by} FROM (") + newest  # noqa: S608
    return rows + ") AS newest WHERE operation IS DISTINCT FROM 'remove'"


def event_condition(meter: Metered, window: Window) -> Statement:
    """Which rows of `usage_event` count."""
    parts = [
        Statement("customer_id = %s AND name = %s", [window.customer_id, meter.event_name]),
        Statement('"timestamp" >= %s AND "timestamp" < %s', [window.starts_at, window.ends_at]),
        current_revision(window, meter.event_name),
    ]
    if window.below_transaction is not None:
        parts.append(Statement("transaction_id < %s", [window.below_transaction]))
    return joined([*parts, *filter_conditions(meter)], " AND ")


def conditions_below(meter: Metered, watermark: int) -> list[Statement]:
    """Which rows of `usage_event` count for a rollup: of all customers, as they were below a watermark."""
    replaced = Statement(
        "NOT EXISTS (SELECT 1 FROM usage_event_revision AS newer"
        " WHERE newer.claim_id = usage_event.claim_id AND newer.revision = usage_event.revision + 1"
        " AND newer.transaction_id < %s)",
        [watermark],
    )
    stored = Statement("name = %s AND transaction_id < %s", [meter.event_name, watermark])
    return [stored, replaced, *filter_conditions(meter)]


def filter_conditions(meter: Metered) -> list[Statement]:
    return [_filter(entry) for entry in meter.filters]


def current_revision(window: Window, name: str) -> Statement:
    """True for an event of `usage_event` that no visible amendment or void has replaced.

    The window must hold every event that is asked: the newer revisions are looked for where they took
    something away. Where nothing was, one look into an index answers for all events: a plain anti-join
    costs each event a fifth more of a count.
    """
    replaced = Statement(
        "SELECT 1 FROM usage_event_revision AS newer WHERE newer.superseded_customer_id = %s"
        " AND newer.superseded_name = %s AND newer.superseded_timestamp >= %s"
        " AND newer.superseded_timestamp < %s",
        [window.customer_id, name, window.starts_at, window.ends_at],
    )
    if window.below_transaction is not None:
        replaced += Statement(" AND newer.transaction_id < %s", [window.below_transaction])
    own = (
        replaced + " AND newer.claim_id = usage_event.claim_id AND newer.revision = usage_event.revision + 1"
    )
    return Statement("(NOT EXISTS (") + replaced + ") OR NOT EXISTS (" + own + "))"


def _filter(entry: Mapping[str, Any]) -> Statement:
    """`{property, values}` must match; `{exclude: [{property, values}, …]}` refuses what matches all of its
    list.
    """
    if "exclude" in entry:
        refused = joined([_match(part) for part in entry["exclude"]], " AND ")
        return Statement("NOT COALESCE(") + refused + ", false)"
    return _match(entry)


def _match(entry: Mapping[str, Any]) -> Statement:
    values = [_as_json_text(value) for value in entry["values"]]
    return property_text(entry["property"]) + Statement(" = ANY(%s)", [values])


def _as_json_text(value: Any) -> str:
    """As ->> shows it: true, not True."""
    return str(value).lower() if isinstance(value, bool) else str(value)
