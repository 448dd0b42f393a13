from __future__ import annotations

import traceback
from datetime import datetime

from django.db import transaction
from django.db.models import F

from apps.audit.services.record import record_event
from apps.billing.models import ParkedCustomer
from apps.core.errors import DomainError
from apps.customers.models import Customer


@transaction.atomic
def park_customer(*, customer_id: int, error: Exception, due_at: datetime, at: datetime) -> ParkedCustomer:
    """Leave a customer out of billing runs, with the reason, until staff retry; others go on."""
    code = error.code if isinstance(error, DomainError) else type(error).__name__
    parked, new = ParkedCustomer.objects.get_or_create(
        customer_id=customer_id,
        released_at=None,
        defaults={
            "reason_code": code,
            "reason": str(error) or type(error).__name__,
            # The innermost frames name the place; locals are left out, they hold personal data.
            "detail": "".join(traceback.format_exception(error, limit=-8)),
            "due_at": due_at,
            "parked_at": at,
        },
    )
    if not new:
        ParkedCustomer.objects.filter(pk=parked.pk).update(tries=F("tries") + 1)
    record_event(
        name="billing.parked",
        subject=Customer.objects.get(pk=customer_id),
        at=at,
        data={"parked": parked.public_id, "reason": code},
    )
    return parked
