from __future__ import annotations

from datetime import date, datetime
from functools import partial

from django.db import transaction

from apps.audit.services.record import record_event
from apps.core.errors import InvalidInput
from apps.customers.errors import CustomerNotFound
from apps.customers.models import Customer
from apps.usage.enums import CorrectionOutcome
from apps.usage.errors import EventNotFound
from apps.usage.event_row import arrival_of, claim_of, event_row, sent_text
from apps.usage.identity import EventRefused
from apps.usage.incoming import IncomingEvent, shape_errors
from apps.usage.intake_selectors import KnownCustomer, customers_by_reference
from apps.usage.services.make_partitions import with_partitions
from apps.usage.services.store_revisions import Change, lock_claims, newest_timestamp, store_revisions


@transaction.atomic
def amend_event(
    *, brand_id: int, livemode: bool, event: IncomingEvent, received_at: datetime
) -> CorrectionOutcome:
    """Let a known event say something else, whatever its source; the newest version counts, once.

    Without a timestamp the event keeps its own. What was voided counts again. `received_at` is real time.
    A value that was read below an earlier watermark stays as it was.

    Raises:
        CustomerNotFound, EventNotFound: no such customer, or nobody sent this event (404).
        InvalidInput: the event cannot be taken (422).
    """
    if errors := shape_errors(event):
        raise InvalidInput("The event is not valid.", errors=list(errors))
    customer = _customer(brand_id, livemode, event.customer, received_at)
    claim = claim_of(
        brand_id=brand_id,
        livemode=livemode,
        identity=customer.identity,
        source=event.source,
        event_id=event.id,
        sent=sent_text(event.timestamp),
    )
    if claim not in lock_claims([claim]):
        raise EventNotFound(f"Nobody sent an event '{event.id[:60]}' of '{event.source[:60]}'.", field="id")
    arrival = arrival_of(brand_id=brand_id, livemode=livemode, received_at=received_at)
    try:
        row = event_row(event, customer, arrival, 0, absent=newest_timestamp(claim))
    except EventRefused as error:
        raise InvalidInput(error.fault.message, errors=[error.fault]) from error
    change = Change(claim, row, customer.id, event.event, revives=True)
    (revised,) = with_partitions(
        {date.fromisoformat(f"{row.timestamp[:7]}-01")},
        partial(store_revisions, changes=[change], received_at=row.received_at),
    )
    if revised is None:
        return CorrectionOutcome.UNCHANGED
    record_event(
        name="usage.amended",
        subject=Customer.objects.get(pk=customer.id),
        at=customer.now_at,
        data={
            "event": event.event,
            "source": event.source,
            "id": event.id,
            "revision": revised.version.revision,
        },
    )
    return CorrectionOutcome.AMENDED


def _customer(brand_id: int, livemode: bool, reference: str, received_at: datetime) -> KnownCustomer:
    found = customers_by_reference(
        brand_id=brand_id, livemode=livemode, references=[reference], received_at=received_at
    ).get(reference)
    if found is None:
        raise CustomerNotFound(f"There is no customer '{reference[:60]}'.", field="customer")
    return found
