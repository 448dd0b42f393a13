from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.accounts.models import Brand
from apps.audit.services.record import record_event
from apps.customers.models import Customer
from apps.usage.correction import EventReference
from apps.usage.enums import CorrectionOutcome
from apps.usage.event_row import arrival_of, claim_of, sent_text
from apps.usage.intake_selectors import event_identity
from apps.usage.services.store_revisions import Change, store_revisions


@transaction.atomic
def void_event(
    *, brand_id: int, livemode: bool, event: EventReference, received_at: datetime
) -> CorrectionOutcome:
    """Let an event count for nothing; sent again as it was, it is acknowledged and stays void.

    `received_at` is real time, also in the record of it: which customer's clock rules is known only by then.
    A value that was read below an earlier watermark stays as it was.

    Raises:
        EventNotFound: nobody sent this event (404).
    """
    claim = claim_of(
        brand_id=brand_id,
        livemode=livemode,
        identity=event_identity(brand_id),
        source=event.source,
        event_id=event.id,
        sent=sent_text(event.timestamp),
    )
    arrival = arrival_of(brand_id=brand_id, livemode=livemode, received_at=received_at)
    (revised,) = store_revisions(changes=[Change(claim)], received_at=arrival.instant(0))
    if revised is None:
        return CorrectionOutcome.UNCHANGED
    before = revised.before
    # The month of an old event may be gone, and with it whose event it was.
    subject = (
        Brand.objects.get(pk=brand_id) if before is None else Customer.objects.get(pk=before.customer_id)
    )
    record_event(
        name="usage.voided",
        subject=subject,
        at=received_at,
        livemode=livemode,
        data={
            "event": before.name if before else None,
            "source": event.source,
            "id": event.id,
            "revision": revised.version.revision,
        },
    )
    return CorrectionOutcome.VOIDED
