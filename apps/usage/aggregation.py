"""How a meter becomes SQL: which events count, what one is worth, and how they add up.

One truth: every reader (invoice, API, chart) goes through these statements. A value counts when it is a JSON
number, or a text that is written like one; other events of the meter are ignored (they still count for
`count`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from apps.plans.enums import Aggregation

NUMERIC_TEXT = r"^\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?\s*$"

# The newest event wins; of two at one instant, the one that was received last.
NEWEST_FIRST = '"timestamp" DESC, received_at DESC, claim_id DESC'


class Metered(Protocol):
    """What a meter must say of itself; plans' Meter has this shape."""

    @property
    def event_name(self) -> str: ...
    @property
    def aggregation(self) -> str: ...
    @property
    def value_property(self) -> str: ...
    @property
    def filters(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Window:
    """The events of one customer in [starts_at, ends_at) (UTC), and stored before a transaction, if one is
    given.
    """

    customer_id: int
    starts_at: datetime
    ends_at: datetime
    below_transaction: int | None = None


@dataclass(slots=True)
class Statement:
    """SQL with its parameters, which are in the order of their places."""

    text: str = ""
    parameters: list[Any] = field(default_factory=list)

    def __add__(self, other: Statement | str) -> Statement:
        if isinstance(other, str):
            return Statement(self.text + other, list(self.parameters))
        return Statement(self.text + other.text, [*self.parameters, *other.parameters])


def joined(parts: Iterable[Statement], separator: str) -> Statement:
    whole = Statement()
    for index, part in enumerate(parts):
        whole = whole + (separator if index else "") + part
    return whole


def property_text(name: str) -> Statement:
    """The property as text, NULL where it is missing; `a.b` is the key "a.b", else the key "b" inside of
    "a".
    """
    if "." not in name:
        return Statement("(properties ->> %s)", [name])
    return Statement("COALESCE(properties ->> %s, properties #>> %s)", [name, name.split(".")])


def local_day(zone: str) -> Statement:
    """The calendar day of an event in a zone."""
    return Statement('(("timestamp" AT TIME ZONE %s)::date)', [zone])


def aggregate_statement(
    *, meter: Metered, window: Window, keys: Sequence[Statement], limit: int | None = None
) -> Statement:
    """Rows of the keys' values and the aggregated value; without keys, one row (or, for latest, none or
    one).
    """
    events = (
        Statement("SELECT ")  # noqa: S608
        + joined([key + f" AS key{n}, " for n, key in enumerate(keys)], "")
        + _value(meter)
        + ' AS value, "timestamp", received_at, claim_id FROM usage_event WHERE '
        + _condition(meter, window)
    )
    # Every text below is one of ours: what a meter or a caller says goes in as a parameter.
    names = ", ".join(f"key{n}" for n in range(len(keys)))
    if meter.aggregation == Aggregation.LATEST:
        rows = _latest(events, names)
    else:
        listed = f"{names}, " if names else ""
        head = f"SELECT {listed}{_FUNCTIONS[meter.aggregation]} FROM ("  # noqa: S608
        rows = Statement(head) + events + ") AS event"
        rows += f" GROUP BY {names} ORDER BY {names}" if names else ""
    return rows if limit is None else rows + Statement(" LIMIT %s", [limit])


_FUNCTIONS: Mapping[str, str] = {
    Aggregation.COUNT: "count(*)",
    Aggregation.SUM: "sum(value)",
    Aggregation.MAX: "max(value)",
    Aggregation.UNIQUE_COUNT: "count(DISTINCT value)",
}


def _latest(events: Statement, names: str) -> Statement:
    if not names:
        rows = Statement("SELECT value FROM (") + events
        return rows + f") AS event WHERE value IS NOT NULL ORDER BY {NEWEST_FIRST} LIMIT 1"
    rows = Statement(f"SELECT DISTINCT ON ({names}) {names}, value FROM (") + events  # noqa: S608
    return rows + f") AS event WHERE value IS NOT NULL ORDER BY {names}, {NEWEST_FIRST}"


def _value(meter: Metered) -> Statement:
    if meter.aggregation == Aggregation.COUNT:
        return Statement("1")
    text = property_text(meter.value_property)
    if meter.aggregation == Aggregation.UNIQUE_COUNT:
        return text
    # CASE, because a plain AND may cast before it has tested.
    return Statement("CASE WHEN ") + text + Statement(" ~ %s THEN ", [NUMERIC_TEXT]) + text + "::numeric END"


def _condition(meter: Metered, window: Window) -> Statement:
    parts = [
        Statement("customer_id = %s AND name = %s", [window.customer_id, meter.event_name]),
        Statement('"timestamp" >= %s AND "timestamp" < %s', [window.starts_at, window.ends_at]),
        current_revision(window, meter.event_name),
    ]
    if window.below_transaction is not None:
        parts.append(Statement("transaction_id < %s", [window.below_transaction]))
    parts += [_filter(entry) for entry in meter.filters]
    return joined(parts, " AND ")


def current_revision(window: Window, name: str) -> Statement:
    """True for an event of `usage_event` that no visible amendment or void has replaced.

    The window must hold every event that is asked: the newer revisions are looked for where they took
    something away, so this reads a few entries of one index, or none.
    """
    condition = Statement(
        "NOT EXISTS (SELECT 1 FROM usage_event_revision AS newer WHERE newer.superseded_customer_id = %s"
        " AND newer.superseded_name = %s AND newer.superseded_timestamp >= %s"
        " AND newer.superseded_timestamp < %s AND newer.claim_id = usage_event.claim_id"
        " AND newer.revision = usage_event.revision + 1",
        [window.customer_id, name, window.starts_at, window.ends_at],
    )
    if window.below_transaction is not None:
        condition += Statement(" AND newer.transaction_id < %s", [window.below_transaction])
    return condition + ")"


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
