from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.audit.services.record import record_event
from apps.plans.enums import VersionStatus
from apps.plans.errors import CatalogInvalid, MeterFrozen
from apps.plans.meter_validation import meter_faults
from apps.plans.models import Meter
from apps.plans.row_changes import apply_changes

COUNTING = frozenset(
    {
        *("event_name", "aggregation", "value_property", "value_expression", "filters", "unique_mode"),
        *("carries_over", "percentile", "rounding", "rounding_precision"),
    }
)
"""What the value rests on."""
CHANGEABLE = COUNTING | {"name", "unit_name", "group_by", "late_usage", "late_usage_periods"}


@transaction.atomic
def update_meter(*, meter_id: int, changes: Mapping[str, Any], at: datetime) -> Meter:
    """Change a meter; what it counts only while no published price reads it.

    Raises:
        InvalidInput: a field that does not exist or never changes (422).
        MeterFrozen: a published price reads the meter (409).
        CatalogInvalid: the meter would contradict itself (422).
    """
    meter = Meter.objects.select_for_update().get(pk=meter_id)
    changed = apply_changes(meter, changes, CHANGEABLE)
    if not changed:
        return meter
    frozen = meter.prices.filter(version__status=VersionStatus.PUBLISHED).exists()
    counting = sorted(COUNTING & set(changed))
    if frozen and counting:
        message = f"A published price reads '{meter.code}': make another meter."
        raise MeterFrozen(message, field=counting[0])
    faults = list(meter_faults({name: getattr(meter, name) for name in (*CHANGEABLE, "code")}))
    if faults:
        raise CatalogInvalid("The meter is not valid.", errors=faults)
    meter.save(update_fields=changed)
    record_event(name="meter.updated", subject=meter, at=at, data={"code": meter.code, "changed": changed})
    return meter
