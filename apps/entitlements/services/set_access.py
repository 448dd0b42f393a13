from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.customers.models import Customer
from apps.entitlements.enums import AccessLevel, AccessReason
from apps.entitlements.models import CustomerAccess


@transaction.atomic
def set_access(*, customer_id: int, level: AccessLevel, reason: AccessReason, at: datetime) -> CustomerAccess:
    """Set how far a customer may use the product from `at` on (UTC); the same again changes nothing."""
    # The customer's row is the lock: there may be no access row yet.
    customer = Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
    access, _ = CustomerAccess.objects.get_or_create(customer=customer, defaults={"since_at": at})
    if (access.level, access.reason) == (level, reason):
        return access
    before, access.level, access.reason, access.since_at = access.level, level, reason, at
    access.save(update_fields=["level", "reason", "since_at"])
    record_event(
        name="access.changed",
        subject=customer,
        at=at,
        data={"from": before, "to": level, "reason": reason},
    )
    return access
