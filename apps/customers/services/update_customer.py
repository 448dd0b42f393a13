from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.audit.services.record import record_event
from apps.customers.external_id import refuse_taken_external_id
from apps.customers.models import Customer
from apps.customers.profile import IMPERSONAL_FIELDS, clean_profile


@transaction.atomic
def update_customer(*, customer_id: int, changes: Mapping[str, Any], at: datetime) -> Customer:
    """Change details of a customer (fields of CustomerProfile); issued invoices keep what they say.

    The event names the changed fields, with values only where they are not personal. `at` is the
    customer's time.

    Raises:
        CustomerInvalid: an unknown field, or one that cannot be true (422).
        ExternalIdTaken: another customer of the brand and mode has the external id (409).
    """
    customer = (
        Customer.objects.select_for_update(of=("self",))
        .select_related("brand", "test_clock")
        .get(pk=customer_id)
    )
    cleaned = clean_profile(changes)
    before = {name: getattr(customer, name) for name in cleaned}
    changed = sorted(name for name, value in cleaned.items() if before[name] != value)
    if not changed:
        return customer
    for name in changed:
        setattr(customer, name, cleaned[name])
    with refuse_taken_external_id(customer):
        customer.save(update_fields=changed)
    values = {
        name: {"from": before[name], "to": cleaned[name]} for name in changed if name in IMPERSONAL_FIELDS
    }
    record_event(
        name="customer.updated",
        subject=customer,
        at=at,
        data={"changed": changed, "values": values},
    )
    return customer
