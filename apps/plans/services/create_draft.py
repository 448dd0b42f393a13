from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.plans.enums import VersionStatus
from apps.plans.errors import DraftExists
from apps.plans.models import MinimumCommitment, Plan, PlanVersion, Price, UsageThreshold

_COPIED = (
    "alignment",
    "trial_days",
    "trial_requires_card",
    "trial_end",
    "trial_end_plan_id",
    "highlights",
    "policies",
)


@transaction.atomic
def create_draft(*, plan_id: int, at: datetime) -> PlanVersion:
    """Open the next version of a plan: a copy of the newest published one, or empty when there is none.

    Raises:
        DraftExists: the plan has a draft already (409).
    """
    # The lock gives concurrent callers their turn: numbers have no gap and no twin.
    plan = Plan.objects.select_for_update().get(pk=plan_id)
    newest = plan.versions.order_by("-number").first()
    if newest is not None and newest.status == VersionStatus.DRAFT:
        raise DraftExists(f"'{plan.code}' has the draft {newest.number} already.", field="plan")
    terms = {} if newest is None else {name: getattr(newest, name) for name in _COPIED}
    number = 1 if newest is None else newest.number + 1
    draft = PlanVersion.objects.create(plan=plan, number=number, created_at=at, **terms)
    if newest is not None:
        for rows in (newest.prices, newest.commitments, newest.thresholds):
            _copy(rows.all(), draft)
    record_event(
        name="plan_version.drafted",
        subject=draft,
        at=at,
        data={"plan": plan.code, "number": number},
    )
    return draft


def _copy(rows: Iterable[Price | MinimumCommitment | UsageThreshold], draft: PlanVersion) -> None:
    for row in rows:
        fields = {
            field.attname: getattr(row, field.attname)
            for field in row._meta.concrete_fields
            if field.name not in {"id", "public_id", "version"}
        }
        type(row)._default_manager.create(version=draft, **fields)
