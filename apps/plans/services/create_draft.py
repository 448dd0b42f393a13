from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.plans.enums import VersionStatus
from apps.plans.errors import DraftExists
from apps.plans.models import Plan, PlanVersion, Price

_COPIED = (
    "alignment",
    "trial_days",
    "trial_requires_card",
    "trial_end",
    "trial_end_plan_id",
    "highlights",
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
        _copy_prices(newest, draft)
    record_event(
        name="plan_version.drafted",
        subject=draft,
        at=at,
        data={"plan": plan.code, "number": number},
    )
    return draft


def _copy_prices(source: PlanVersion, draft: PlanVersion) -> None:
    for price in source.prices.all():
        fields = {
            field.attname: getattr(price, field.attname)
            for field in Price._meta.concrete_fields
            if field.name not in {"id", "public_id", "version"}
        }
        Price.objects.create(version=draft, **fields)
