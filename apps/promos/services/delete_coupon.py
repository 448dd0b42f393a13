from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.promos.errors import CouponInUse
from apps.promos.models import Coupon


@transaction.atomic
def delete_coupon(*, coupon_id: int, at: datetime) -> None:
    """Delete a coupon that nobody has redeemed and that has no codes, say one with a misspelt code.

    Raises:
        CouponInUse: it was redeemed or has codes; archive it (409).
    """
    coupon = Coupon.objects.select_for_update().get(pk=coupon_id)
    if coupon.redeemed_count or coupon.redemptions.exists() or coupon.promotion_codes.exists():
        raise CouponInUse(f"'{coupon.code}' is in use: archive it.")
    record_event(name="coupon.deleted", subject=coupon, at=at, data={"code": coupon.code})
    coupon.delete()
