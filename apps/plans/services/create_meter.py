from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.audit.services.record import record_event
from apps.plans.errors import CatalogInvalid, CodeTaken
from apps.plans.meter_validation import meter_faults
from apps.plans.models import Meter


@transaction.atomic
def create_meter(*, code: str, at: datetime, **fields: Any) -> Meter:
    """Add a meter; `fields` are those of Meter, and what is absent has its default.

    Raises:
        CatalogInvalid: a field is missing or unfit; `errors` names each (422).
        CodeTaken: another meter has the code (409).
    """
    faults = list(meter_faults({"code": code, **fields}))
    if faults:
        raise CatalogInvalid("The meter is not valid.", errors=faults)
    meter, created = Meter.objects.get_or_create(code=code, defaults={**fields, "created_at": at})
    if not created:
        raise CodeTaken(f"There is a meter '{code}' already.", field="code")
    record_event(name="meter.created", subject=meter, at=at, data={"code": code})
    return meter
