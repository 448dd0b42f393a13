from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial

from apps.core.errors import FieldError, InvalidInput
from apps.usage.enums import IntakeOutcome
from apps.usage.event_row import Arrival, EventRow, arrival_of, event_row
from apps.usage.identity import EventRefused
from apps.usage.incoming import MAX_EVENTS, EventAnswer, IncomingEvent, shape_errors
from apps.usage.intake_selectors import KnownCustomer, amending_sources, customers_by_reference
from apps.usage.services.make_partitions import with_partitions
from apps.usage.services.store_events import IdentityChanged, store_events
from apps.usage.services.store_revisions import Change, store_revisions


def ingest_events(
    *,
    brand_id: int,
    livemode: bool,
    events: Sequence[IncomingEvent],
    received_at: datetime,
    correcting: bool = False,
) -> list[EventAnswer]:
    """Store events exactly once; one answer per event, in the order of `events`.

    An event is known for ever by (brand, mode, source, id), or with its timestamp too where the brand says
    so. Sent again with the same content it is a duplicate; with other content it is an amendment where the
    brand names its source as amending (the last one wins), else a conflict, and the first stays. With
    `correcting` every source amends, and what was voided counts again. One refused event never costs another.

    `received_at` is real time (UTC), kept to the millisecond; the place in the request follows as
    microseconds, so that the order of arrival is known. Late events are welcome, back to
    `settings.USAGE_EARLIEST_TIMESTAMP`; the future ends an hour after the present of the event's customer.
    The events are durable when the outermost transaction has committed.

    Raises:
        InvalidInput: more than 1,000 events (422).
    """
    if len(events) > MAX_EVENTS:
        raise InvalidInput(f"At most {MAX_EVENTS} events at once.", field="events")
    faults = [shape_errors(event) for event in events]
    arrival = arrival_of(brand_id=brand_id, livemode=livemode, received_at=received_at)
    references = {event.customer for event, fault in zip(events, faults, strict=True) if not fault}
    while True:
        customers = customers_by_reference(
            brand_id=brand_id, livemode=livemode, references=references, received_at=received_at
        )
        batch = _Batch(arrival, customers)
        for index, (event, fault) in enumerate(zip(events, faults, strict=True)):
            batch.add(index, event, fault)
        try:
            batch.store(correcting=correcting)
        except IdentityChanged:
            # Staff changed it between the reading and the brand's first event, which settles it.
            continue
        return batch.answers(events)


class _Batch:
    """The events of one request on their way: rows to store by claim, and what was refused by index."""

    def __init__(self, arrival: Arrival, customers: dict[str, KnownCustomer]) -> None:
        self.arrival = arrival
        self.customers = customers
        self.rows: dict[str, EventRow] = {}
        self.varied: set[str] = set()
        self.refused: dict[int, Sequence[FieldError]] = {}
        self.placed: dict[int, EventRow] = {}
        self.outcomes: dict[int, IntakeOutcome] = {}

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
            row = event_row(event, customer, self.arrival, index)
        except EventRefused as error:
            self.refused[index] = [error.fault]
            return
        self.placed[index] = row
        # The first of a claim is the event; what repeats it in this request is compared with what was stored.
        first = self.rows.setdefault(row.claim, row)
        if first is not row and first.content_hash != row.content_hash:
            self.varied.add(row.claim)

    def store(self, *, correcting: bool) -> None:
        """Store what is new, then what amends; notes an outcome for each row.

        Raises:
            IdentityChanged: nothing was stored.
        """
        if not self.placed:
            return
        customer = next(iter(self.customers.values()))
        fix = None if customer.is_fixed else customer.identity
        rows = list(self.rows.values())
        taken = with_partitions(self._months(), partial(store_events, rows=rows, fix=fix))
        if unsettled := self._settle(taken, correcting=correcting):
            self._settle_repeats(unsettled, taken, correcting=correcting)

    def _months(self) -> set[date]:
        return {date.fromisoformat(f"{row.timestamp[:7]}-01") for row in self.placed.values()}

    def _settle(self, taken: dict[str, list[str]], *, correcting: bool) -> list[int]:
        """Note what needs no look at the brand; returns the places of the rest."""
        if not taken and len(self.rows) == len(self.placed):
            self.outcomes = dict.fromkeys(self.placed, IntakeOutcome.ACCEPTED)
            return []
        unsettled = []
        for index, row in self.placed.items():
            first = self.rows[row.claim]
            newest = taken[row.claim][-1] if row.claim in taken else first.content_hash
            if row is first and row.claim not in taken:
                self.outcomes[index] = IntakeOutcome.ACCEPTED
            elif row.content_hash == newest and row.claim not in self.varied and not correcting:
                self.outcomes[index] = IntakeOutcome.DUPLICATE
            else:
                unsettled.append(index)
        return unsettled

    def _settle_repeats(
        self, unsettled: Sequence[int], taken: dict[str, list[str]], *, correcting: bool
    ) -> None:
        amending = frozenset() if correcting else amending_sources(self.arrival.brand_id)
        changing = []
        for index in unsettled:
            row = self.placed[index]
            if correcting or row.source in amending:
                changing.append(index)
            else:
                # Whatever the event once said is acknowledged: its sender may not know of a correction.
                known = taken.get(row.claim) or [self.rows[row.claim].content_hash]
                same = row.content_hash in known
                self.outcomes[index] = IntakeOutcome.DUPLICATE if same else IntakeOutcome.CONFLICT
        if not changing:
            return
        rows = [self.placed[index] for index in changing]
        changes = [Change(row.claim, row, row.customer_id, row.name, correcting) for row in rows]
        revised = with_partitions(
            self._months(),
            partial(store_revisions, changes=changes, received_at=self.arrival.instant(0)),
        )
        for index, one in zip(changing, revised, strict=True):
            self.outcomes[index] = IntakeOutcome.DUPLICATE if one is None else IntakeOutcome.AMENDED

    def answers(self, events: Sequence[IncomingEvent]) -> list[EventAnswer]:
        answers = []
        for index, event in enumerate(events):
            outcome = self.outcomes.get(index, IntakeOutcome.INVALID)
            errors = [_CONFLICT] if outcome == IntakeOutcome.CONFLICT else self.refused.get(index)
            answers.append(EventAnswer(index, event.id, outcome, errors))
        return answers


_CONFLICT = FieldError(
    "id", "event_id_taken", "This id was used for an event with other content, which stays as it is."
)


def _unknown_customer(reference: str) -> FieldError:
    return FieldError(
        "customer",
        "customer_not_found",
        f"There is no customer '{reference[:60]}' in this brand and mode: create it by POST /api/v1/customers"
        " (this may be its external_id), then send the event again.",
    )
