from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.models import Brand
from apps.audit.services.record import record_event
from apps.plans.errors import CodeTaken
from apps.plans.models import Plan, Product


@transaction.atomic
def create_plan(
    *, product: Product, code: str, name: str, at: datetime, brands: Sequence[Brand] = (), **fields: Any
) -> Plan:
    """Add a plan without a version: `description`, `is_free`, `is_public`, `position`. No brands means all.

    Raises:
        CodeTaken: another plan has the code (409).
    """
    plan, created = Plan.objects.get_or_create(
        code=code, defaults={"product": product, "name": name, "created_at": at, **fields}
    )
    if not created:
        raise CodeTaken(f"There is a plan '{code}' already.", field="code")
    plan.brands.set(brands)
    record_event(name="plan.created", subject=plan, at=at, data={"code": code})
    return plan
