from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from apps.audit.services.record import record_event
from apps.core.errors import FieldError, InvalidInput
from apps.customers.models import Customer
from apps.plans.models import Meter
from apps.usage.correction import Backfill, Backfilled, MeterDifference
from apps.usage.enums import BackfillMode, IntakeOutcome
from apps.usage.errors import BackfillTooLarge
from apps.usage.event_row import arrival_of, claim_of, sent_text
from apps.usage.incoming import EventAnswer, IncomingEvent
from apps.usage.intake_selectors import current_claims, event_identity
from apps.usage.selectors import get_meter, meter_value
from apps.usage.services.ingest import ingest_events
from apps.usage.services.store_revisions import Change, lock_claims, store_revisions

MAX_REPLACED = 50_000
MAX_WINDOW = timedelta(days=366)


def backfill_events(
    *, customer: Customer, backfill: Backfill, at: datetime, received_at: datetime
) -> Backfilled:
    """Fill a window of one customer and event name, all of it or nothing; says what that does to each meter.

    Replacing voids every event of the window that is not given again, and a given one wins over what its id
    said before; adding is intake: known ids are duplicates, or conflicts in the answer. A dry run does the
    same and takes it back. `at` is the customer's present, `received_at` real time.

    Raises:
        MeterNotFound: no such meter (404).
        InvalidInput: neither or both of event and meter, a bad window, an event that cannot be taken (422).
        BackfillTooLarge: more than 50,000 events to replace (422).
    """
    name = _name(backfill)
    events = _events(backfill, name, customer)
    meters = list(Meter.objects.filter(event_name=name).order_by("code"))
    with transaction.atomic():
        before = [_value(meter, customer, backfill) for meter in meters]
        voided = _void_rest(customer, name, backfill, received_at)
        answers = ingest_events(
            brand_id=customer.brand_id,
            livemode=customer.livemode,
            events=events,
            received_at=received_at,
            correcting=backfill.mode == BackfillMode.REPLACE,
        )
        _refuse_invalid(answers)
        after = [_value(meter, customer, backfill) for meter in meters]
        if backfill.dry_run:
            transaction.set_rollback(True)
        else:
            _record(customer, name, backfill, answers, voided, at)
    differences = [MeterDifference(*one) for one in zip(meters, before, after, strict=True)]
    return Backfilled(backfill.dry_run, voided, answers, differences)


def _name(backfill: Backfill) -> str:
    if (backfill.event is None) == (backfill.meter is None):
        raise InvalidInput("Name either an event or a meter.", field="event")
    if not timedelta(0) < backfill.ends_at - backfill.starts_at <= MAX_WINDOW:
        raise InvalidInput("The window ends after its start, at most 366 days later.", field="ends_at")
    return backfill.event if backfill.event is not None else get_meter(str(backfill.meter)).event_name


def _events(backfill: Backfill, name: str, customer: Customer) -> list[IncomingEvent]:
    outside = [
        FieldError(f"events[{index}].timestamp", "outside_window", "The event is not in the window.")
        for index, event in enumerate(backfill.events)
        if not backfill.starts_at <= event.timestamp < backfill.ends_at
    ]
    if outside:
        raise InvalidInput("Every event of a backfill lies in its window.", errors=outside)
    return [
        IncomingEvent(
            id=event.id,
            customer=customer.public_id,
            event=name,
            timestamp=event.timestamp,
            properties=event.properties,
            source=event.source,
        )
        for event in backfill.events
    ]


def _value(meter: Meter, customer: Customer, backfill: Backfill) -> Decimal:
    return meter_value(
        meter=meter,
        customer_id=customer.pk,
        starts_at=backfill.starts_at,
        ends_at=backfill.ends_at,
    )


def _void_rest(customer: Customer, name: str, backfill: Backfill, received_at: datetime) -> int:
    if backfill.mode != BackfillMode.REPLACE:
        return 0
    identity = event_identity(customer.brand_id)
    given = {
        claim_of(
            brand_id=customer.brand_id,
            livemode=customer.livemode,
            identity=identity,
            source=event.source,
            event_id=event.id,
            sent=sent_text(event.timestamp),
        )
        for event in backfill.events
    }
    there = current_claims(
        customer_id=customer.pk,
        name=name,
        starts_at=backfill.starts_at,
        ends_at=backfill.ends_at,
        limit=MAX_REPLACED + 1,
    )
    if len(there) > MAX_REPLACED:
        raise BackfillTooLarge(f"The window holds more than {MAX_REPLACED:,} events: split it.")
    rest = sorted(set(there) - given)
    # All at once and in their order: taking more of them later could meet another who waits for these.
    lock_claims([*rest, *given])
    arrival = arrival_of(brand_id=customer.brand_id, livemode=customer.livemode, received_at=received_at)
    changes = [Change(claim, customer_id=customer.pk, name=name) for claim in rest]
    revised = store_revisions(changes=changes, received_at=arrival.instant(0))
    return sum(one is not None for one in revised)


def _refuse_invalid(answers: Sequence[EventAnswer]) -> None:
    faults = [
        FieldError(f"events[{answer.index}].{error.field}", error.code, error.message)
        for answer in answers
        if answer.status == IntakeOutcome.INVALID
        for error in answer.errors or ()
    ]
    if faults:
        raise InvalidInput("An event of the backfill cannot be taken.", errors=faults)


def _record(
    customer: Customer,
    name: str,
    backfill: Backfill,
    answers: Sequence[EventAnswer],
    voided: int,
    at: datetime,
) -> None:
    counts = Counter(answer.status for answer in answers)
    record_event(
        name="usage.backfilled",
        subject=customer,
        at=at,
        data={
            "event": name,
            "mode": str(backfill.mode),
            "starts_at": backfill.starts_at.isoformat(),
            "ends_at": backfill.ends_at.isoformat(),
            "accepted": counts[IntakeOutcome.ACCEPTED],
            "amended": counts[IntakeOutcome.AMENDED],
            "voided": voided,
        },
    )
