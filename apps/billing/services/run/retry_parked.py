from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.billing.models import ParkedCustomer
from apps.core.errors import Conflict
from apps.customers.models import Customer


@transaction.atomic
def retry_parked(*, parked_id: int, at: datetime) -> ParkedCustomer:
    """Let a parked customer back into the billing run; what is due is billed by the next turn.

    Raises:
        Conflict: somebody retried it already (409).
    """
    parked = ParkedCustomer.objects.select_for_update().get(pk=parked_id)
    if parked.released_at is not None:
        raise Conflict("This customer was retried already.")
    parked.released_at = at
    parked.save(update_fields=["released_at"])
    record_event(
        name="billing.released",
        subject=Customer.objects.get(pk=parked.customer_id),
        at=at,
        data={"parked": parked.public_id},
    )
    return parked
