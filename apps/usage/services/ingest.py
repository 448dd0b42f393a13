from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings
from psycopg.errors import CheckViolation

from apps.core.errors import FieldError, InvalidInput
from apps.usage.enums import IntakeOutcome
from apps.usage.identity import EventRefused, canonical_json, claim_id, content_hash, rfc3339
from apps.usage.incoming import MAX_EVENTS, EventAnswer, IncomingEvent, shape_errors
from apps.usage.selectors import KnownCustomer, customers_by_reference
from apps.usage.services.make_partitions import forget_partitions, make_partitions
from apps.usage.services.store_events import EventRow, store_events

FUTURE_LIMIT = timedelta(hours=1)
EARLIEST = datetime(2010, 1, 1, tzinfo=UTC)


def ingest_events(
    *, brand_id: int, livemode: bool, events: Sequence[IncomingEvent], received_at: datetime
) -> list[EventAnswer]:
    """Store events exactly once; one answer per event, in the order of `events`.

    An event is known by (brand, mode, source, id) for ever: sent again with the same content it is a
    duplicate, with other content a conflict, and the first stays. One refused event never costs another.
    `received_at` is
    real time (UTC), kept to the millisecond; the place in the request follows as microseconds, so that
    the order of arrival is known. Late events are welcome, back to `settings.USAGE_EARLIEST_TIMESTAMP`;
    the future ends an hour after the present of the event's customer. The events are durable when the
    outermost transaction has committed.

    Raises:
        InvalidInput: more than 1,000 events (422).
    """
    if len(events) > MAX_EVENTS:
        raise InvalidInput(f"At most {MAX_EVENTS} events at once.", field="events")
    faults = [shape_errors(event) for event in events]
    customers = customers_by_reference(
        brand_id=brand_id,
        livemode=livemode,
        references={event.customer for event, fault in zip(events, faults, strict=True) if not fault},
        received_at=received_at,
    )
    batch = _Batch(brand_id, livemode, received_at, customers)
    for index, (event, fault) in enumerate(zip(events, faults, strict=True)):
        batch.add(index, event, fault)
    taken = _store(list(batch.rows.values()))
    return batch.answers(events, taken)


class _Batch:
    """The events of one request on their way: rows to store by claim, and what was refused by index."""

    def __init__(
        self,
        brand_id: int,
        livemode: bool,
        received_at: datetime,
        customers: dict[str, KnownCustomer],
    ) -> None:
        self.brand_id = brand_id
        self.livemode = livemode
        second = received_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        self.arrival = f"{second}.{received_at.microsecond // 1000:03d}"
        self.customers = customers
        self.earliest: datetime = getattr(settings, "USAGE_EARLIEST_TIMESTAMP", EARLIEST)
        self.rows: dict[str, EventRow] = {}
        self.refused: dict[int, Sequence[FieldError]] = {}
        self.placed: dict[int, EventRow] = {}

    def add(self, index: int, event: IncomingEvent, errors: Sequence[FieldError]) -> None:
        """Make the row of an event, or note why there is none."""
        if errors:
            self.refused[index] = errors
            return
        customer = self.customers.get(event.customer)
        if customer is None:
            self.refused[index] = [_unknown_customer(event.customer)]
            return
        try:
            row = self._row(index, event, customer)
        except EventRefused as error:
            self.refused[index] = [error.fault]
            return
        self.placed[index] = row
        # The first of a claim is the event; what repeats it in this request is compared with what was stored.
        self.rows.setdefault(row.claim, row)

    def _row(self, index: int, event: IncomingEvent, customer: KnownCustomer) -> EventRow:
        properties = canonical_json(event.properties)
        sent = None if event.timestamp is None else _utc(event.timestamp)
        timestamp = customer.now_at if sent is None else sent
        _check_time(timestamp, customer.now_at, self.earliest)
        instant = rfc3339(timestamp)
        hashed = content_hash(
            customer_id=customer.id,
            name=event.event,
            sent="" if sent is None else instant,
            properties=properties,
        )
        return EventRow(
            claim=claim_id(
                brand_id=self.brand_id,
                livemode=self.livemode,
                source=event.source,
                event_id=event.id,
            ),
            content_hash=hashed,
            timestamp=instant,
            brand_id=self.brand_id,
            livemode=self.livemode,
            customer_id=customer.id,
            source=event.source,
            event_id=event.id,
            name=event.event,
            properties=properties,
            received_at=f"{self.arrival}{index:03d}Z",
        )

    def answers(self, events: Sequence[IncomingEvent], taken: dict[str, str]) -> list[EventAnswer]:
        answers = []
        for index, event in enumerate(events):
            if index in self.refused:
                outcome = IntakeOutcome.INVALID
            else:
                outcome = self._outcome(self.placed[index], taken)
            answers.append(EventAnswer(index, event.id, outcome, self._errors(index, outcome)))
        return answers

    def _outcome(self, row: EventRow, taken: dict[str, str]) -> IntakeOutcome:
        first = self.rows[row.claim]
        if row is first and row.claim not in taken:
            return IntakeOutcome.ACCEPTED
        same = row.content_hash == taken.get(row.claim, first.content_hash)
        return IntakeOutcome.DUPLICATE if same else IntakeOutcome.CONFLICT

    def _errors(self, index: int, outcome: IntakeOutcome) -> Sequence[FieldError] | None:
        if outcome == IntakeOutcome.CONFLICT:
            return [_CONFLICT]
        return self.refused.get(index)


_CONFLICT = FieldError(
    "id", "event_id_taken", "This id was used for an event with other content, which stays as it is."
)


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


def _unknown_customer(reference: str) -> FieldError:
    return FieldError(
        "customer",
        "customer_not_found",
        f"There is no customer '{reference[:60]}' in this brand and mode: create it by POST /api/v1/customers"
        " (this may be its external_id), then send the event again.",
    )


def _utc(timestamp: Any) -> datetime:
    """The instant in UTC; the offset of an instant near the year 1 or 9999 leads out of the calendar."""
    try:
        return timestamp.astimezone(UTC)  # type: ignore[no-any-return]
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if timestamp.year > 1 else datetime.min.replace(tzinfo=UTC)


def _store(rows: list[EventRow]) -> dict[str, str]:
    months = {date.fromisoformat(f"{text}-01") for text in {row.timestamp[:7] for row in rows}}
    make_partitions(months=months)
    try:
        return store_events(rows=rows)
    except CheckViolation:
        # The month was dropped since this process last looked (retention); a late event brings it back.
        forget_partitions()
        make_partitions(months=months)
        return store_events(rows=rows)
