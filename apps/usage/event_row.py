"""An event on its way into the tables: its identity, its content and its texts as COPY reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
from django.conf import settings

from apps.accounts.enums import EventIdentity
from apps.usage.identity import EventRefused, canonical_json, claim_id, content_hash, rfc3339
from apps.usage.incoming import IncomingEvent
from apps.usage.intake_selectors import KnownCustomer

FUTURE_LIMIT = timedelta(hours=1)
EARLIEST = datetime(2010, 1, 1, tzinfo=UTC)

CLAIM_COLUMNS = "id, content_hash, timestamp"
EVENT_COLUMNS = (
    "claim_id, timestamp, brand_id, livemode, customer_id, source, event_id, name, properties, received_at"
)
_ESCAPED = re.compile(r"[\\\n\r]")
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class EventRow(msgspec.Struct, frozen=True, gc=False):
    """One event, ready to be stored: hashes as 32 hex digits, instants as RFC 3339 in UTC, canonical JSON."""

    claim: str
    content_hash: str
    timestamp: str
    brand_id: int
    livemode: bool
    customer_id: int
    source: str
    event_id: str
    name: str
    properties: bytes
    received_at: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """What all events of one request have in common; `second` is the request's instant to the millisecond."""

    brand_id: int
    livemode: bool
    second: str
    earliest: datetime

    def instant(self, place: int) -> str:
        """When the event at this place arrived: the place follows as microseconds, so the order is known."""
        return f"{self.second}{place:03d}Z"


def arrival_of(*, brand_id: int, livemode: bool, received_at: datetime) -> Arrival:
    """The arrival of a request; `received_at` is real time."""
    second = received_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    earliest: datetime = getattr(settings, "USAGE_EARLIEST_TIMESTAMP", EARLIEST)
    return Arrival(brand_id, livemode, f"{second}.{received_at.microsecond // 1000:03d}", earliest)


def event_row(
    event: IncomingEvent,
    customer: KnownCustomer,
    arrival: Arrival,
    place: int,
    *,
    absent: datetime | None = None,
) -> EventRow:
    """The row of an event; one without a timestamp happens at `absent`, or at the customer's present.

    Raises:
        EventRefused: its timestamp or its properties cannot be taken.
    """
    properties = canonical_json(event.properties)
    sent = None if event.timestamp is None else _utc(event.timestamp)
    timestamp = (absent or customer.now_at) if sent is None else sent
    _check_time(timestamp, customer.now_at, arrival.earliest)
    instant = rfc3339(timestamp)
    text = "" if sent is None else instant
    return EventRow(
        # Not by claim_of: a thousand calls more would be felt.
        claim=claim_id(
            brand_id=arrival.brand_id,
            livemode=arrival.livemode,
            source=event.source,
            event_id=event.id,
            sent=text if customer.identity is EventIdentity.ID_AND_TIMESTAMP else None,
        ),
        content_hash=content_hash(
            customer_id=customer.id, name=event.event, sent=text, properties=properties
        ),
        timestamp=instant,
        brand_id=arrival.brand_id,
        livemode=arrival.livemode,
        customer_id=customer.id,
        source=event.source,
        event_id=event.id,
        name=event.event,
        properties=properties,
        received_at=f"{arrival.second}{place:03d}Z",
    )


def claim_of(
    *, brand_id: int, livemode: bool, identity: EventIdentity, source: str, event_id: str, sent: str
) -> str:
    """The claim of an event; `sent` is its timestamp as `rfc3339`, empty where none was sent."""
    return claim_id(
        brand_id=brand_id,
        livemode=livemode,
        source=source,
        event_id=event_id,
        sent=sent if identity == EventIdentity.ID_AND_TIMESTAMP else None,
    )


def sent_text(timestamp: datetime | None) -> str:
    """A timestamp as it belongs to an identity."""
    return "" if timestamp is None else rfc3339(_utc(timestamp))


def _check_time(timestamp: datetime, now_at: datetime, earliest: datetime) -> None:
    if timestamp > now_at + FUTURE_LIMIT:
        raise EventRefused(
            "timestamp",
            "timestamp_in_future",
            f"The timestamp is more than an hour after the customer's present, {now_at:%Y-%m-%dT%H:%M:%SZ};"
            " a customer on a test clock lives in the clock's time.",
        )
    if timestamp < earliest:
        raise EventRefused(
            "timestamp",
            "timestamp_too_early",
            f"Events are taken back to {earliest:%Y-%m-%dT%H:%M:%SZ}.",
        )


def _utc(timestamp: datetime) -> datetime:
    """The instant in UTC; the offset of an instant near the year 1 or 9999 leads out of the calendar."""
    try:
        return timestamp.astimezone(UTC)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if timestamp.year > 1 else datetime.min.replace(tzinfo=UTC)


def claim_line(row: EventRow) -> str:
    """A line of COPY with CLAIM_COLUMNS."""
    return f"{row.claim}\t\\\\x{row.content_hash}\t{row.timestamp}\n"


def event_line(row: EventRow, more: str = "") -> str:
    """A line of COPY with EVENT_COLUMNS, and whatever columns `more` holds, each after a tab."""
    texts = f"{row.source}\t{row.event_id}\t{row.name}"
    # Escaping is dear and hardly ever needed: only for a third tab, a line break or a backslash.
    if texts.count("\t") > 2 or _ESCAPED.search(texts):
        texts = "\t".join(escaped(text) for text in (row.source, row.event_id, row.name))
    # JSON text holds no raw control character; its backslashes are the only thing to escape.
    properties = row.properties.decode().replace("\\", "\\\\")
    return (
        f"{row.claim}\t{row.timestamp}\t{row.brand_id}\t{'t' if row.livemode else 'f'}"
        f"\t{row.customer_id}\t{texts}\t{properties}\t{row.received_at}{more}\n"
    )


def escaped(text: str) -> str:
    """A text as COPY reads it."""
    return text.translate(_ESCAPES)
