from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.models import Brand
from apps.audit.services.record import record_event
from apps.plans.enums import VersionStatus
from apps.plans.errors import VersionFrozen
from apps.plans.models import Plan
from apps.plans.row_changes import apply_changes

CHANGEABLE = frozenset({"product", "name", "description", "is_free", "is_public", "position", "archived_at"})


@transaction.atomic
def update_plan(
    *,
    plan_id: int,
    changes: Mapping[str, Any],
    at: datetime,
    brands: Sequence[Brand] | None = None,
) -> Plan:
    """Change how a plan is shown and sold; its terms stand in its versions. `brands` None leaves them alone.

    Raises:
        InvalidInput: a field that does not exist or never changes (422).
        VersionFrozen: `is_free` of a plan that was published (409).
    """
    plan = Plan.objects.select_for_update().get(pk=plan_id)
    changed = apply_changes(plan, changes, CHANGEABLE)
    # Being free is a promise about the frozen prices: it cannot change without them.
    if "is_free" in changed and plan.versions.filter(status=VersionStatus.PUBLISHED).exists():
        raise VersionFrozen(f"'{plan.code}' was published: make another plan.", field="is_free")
    if changed:
        plan.save(update_fields=changed)
    if brands is not None and {b.pk for b in brands} != {b.pk for b in plan.brands.all()}:
        plan.brands.set(brands)
        changed = sorted([*changed, "brands"])
    if changed:
        record_event(name="plan.updated", subject=plan, at=at, data={"code": plan.code, "changed": changed})
    return plan
