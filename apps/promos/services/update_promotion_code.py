from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.audit.services.record import record_event
from apps.plans.row_changes import apply_changes
from apps.promos.limit_changes import refuse_bad_limits, with_archived_at
from apps.promos.models import PromotionCode
from apps.promos.validation import LIMITS

CHANGEABLE = frozenset({*LIMITS, "archived_at", "first_purchase_only"})


@transaction.atomic
def update_promotion_code(*, code_id: int, changes: Mapping[str, Any], at: datetime) -> PromotionCode:
    """Change a code's limits, or archive it (`archived`): what was redeemed with it goes on.

    Raises:
        InvalidInput: a field that never changes (422).
        CouponInvalid: limits that cannot be, or below what is redeemed (422).
    """
    row = PromotionCode.objects.select_for_update(no_key=True).get(pk=code_id)
    changed = apply_changes(row, with_archived_at(row, changes, at), CHANGEABLE)
    if not changed:
        return row
    refuse_bad_limits(row)
    row.save(update_fields=changed)
    record_event(
        name="promotion_code.updated", subject=row, at=at, data={"code": row.code, "changed": changed}
    )
    return row
