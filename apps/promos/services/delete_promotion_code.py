from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.promos.errors import CouponInUse
from apps.promos.models import PromotionCode


@transaction.atomic
def delete_promotion_code(*, code_id: int, at: datetime) -> None:
    """Delete a code that nobody has redeemed.

    Raises:
        CouponInUse: it was redeemed; archive it (409).
    """
    row = PromotionCode.objects.select_for_update().get(pk=code_id)
    if row.redeemed_count or row.redemptions.exists():
        raise CouponInUse(f"'{row.code}' was redeemed: archive it.")
    record_event(name="promotion_code.deleted", subject=row, at=at, data={"code": row.code})
    row.delete()
