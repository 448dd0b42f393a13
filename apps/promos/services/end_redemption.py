from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.promos.enums import EndReason
from apps.promos.models import Redemption
from apps.promos.services.hold_customer import hold_customer


@transaction.atomic
def end_redemption(*, redemption_id: int, at: datetime) -> Redemption:
    """Let a redemption take nothing off from now on; what it took off stays, and it counts as redeemed.

    One that has been used up is ended for good: a voided invoice does not open it again. Ending it twice is
    ending it once.
    """
    # A bill that has counted on it is issued first; else its use would be refused.
    hold_customer(customer_id=Redemption.objects.values_list("customer_id", flat=True).get(pk=redemption_id))
    row = Redemption.objects.select_for_update(of=("self",), no_key=True).get(pk=redemption_id)
    if row.end_reason == EndReason.ENDED:
        return row
    row.ended_at, row.end_reason = at, EndReason.ENDED
    row.save(update_fields=["ended_at", "end_reason"])
    record_event(name="coupon.redemption_ended", subject=row, at=at, data={"name": row.coupon.name})
    return row
