from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.audit.services.record import record_event
from apps.taxes.errors import RegistrationInvalid
from apps.taxes.models import TaxRegistration

CHANGEABLE = ("number", "unchecked_ids", "consumers_abroad", "valid_to")


@transaction.atomic
def change_registration(*, registration_id: int, changes: Mapping[str, Any], at: datetime) -> TaxRegistration:
    """Change the number or a policy of a registration, or end it: `valid_to` is the first day without it.

    Place, scheme and first day stay: another is another registration. `at` is real time.

    Raises:
        RegistrationInvalid: another field, or an end before the beginning (422).
    """
    registration = TaxRegistration.objects.select_for_update().get(pk=registration_id)
    unknown = sorted(set(changes) - set(CHANGEABLE))
    if unknown:
        raise RegistrationInvalid("This cannot be changed: end the registration.", field=unknown[0])
    ends = changes.get("valid_to")
    if ends is not None and ends <= registration.valid_from:
        raise RegistrationInvalid("It ends before it begins.", field="valid_to")
    changed = sorted(name for name, value in changes.items() if getattr(registration, name) != value)
    if not changed:
        return registration
    before = {name: str(getattr(registration, name)) for name in changed}
    for name in changed:
        setattr(registration, name, changes[name])
    registration.save(update_fields=changed)
    values = {name: {"from": before[name], "to": str(changes[name])} for name in changed}
    record_event(name="tax_registration.changed", subject=registration, at=at, data={"values": values})
    return registration
