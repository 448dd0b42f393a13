from __future__ import annotations

from django.db.models import F, Q

from apps.promos.errors import CouponExhausted
from apps.promos.models import Coupon, PromotionCode


def claim_redemption(row: Coupon | PromotionCode) -> None:
    """Spend one redemption of a coupon or a code, in the caller's transaction.

    One conditional UPDATE: of any number that ask at once, exactly as many pass as are left. It holds the
    row until the transaction ends, so who counts afterwards sees all that were made before.

    Raises:
        CouponExhausted: none is left, or it was archived meanwhile (409).
    """
    left = Q(max_redemptions=None) | Q(redeemed_count__lt=F("max_redemptions"))
    asked = type(row)._default_manager.filter(left, pk=row.pk, archived_at=None)
    if not asked.update(redeemed_count=F("redeemed_count") + 1):
        raise CouponExhausted(f"'{row.code}' has been used up.", field="code")
