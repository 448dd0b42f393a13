from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.audit.services.record import record_event
from apps.plans.row_changes import apply_changes
from apps.promos.limit_changes import refuse_bad_limits, with_archived_at
from apps.promos.models import Coupon
from apps.promos.validation import LIMITS

CHANGEABLE = frozenset({*LIMITS, "name", "archived_at"})


@transaction.atomic
def update_coupon(*, coupon_id: int, changes: Mapping[str, Any], at: datetime) -> Coupon:
    """Change a coupon's name or limits, or archive it (`archived`): what was redeemed goes on as it was.

    Raises:
        InvalidInput: a field that never changes, such as what it takes off (422).
        CouponInvalid: limits that cannot be, or below what is redeemed (422).
    """
    # The lock waits for redemptions under way: a cap is never set below what they have claimed.
    coupon = Coupon.objects.select_for_update(no_key=True).get(pk=coupon_id)
    changed = apply_changes(coupon, with_archived_at(coupon, changes, at), CHANGEABLE)
    if not changed:
        return coupon
    refuse_bad_limits(coupon)
    coupon.save(update_fields=changed)
    record_event(name="coupon.updated", subject=coupon, at=at, data={"code": coupon.code, "changed": changed})
    return coupon
