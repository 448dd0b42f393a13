from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.promos.enums import EndReason
from apps.promos.models import CouponUse, Redemption
from apps.promos.terms import CouponTerms


@transaction.atomic
def release_uses(*, reference: tuple[str, str], at: datetime) -> None:
    """Give back what an invoice took of redemptions, once: it was voided.

    `reference` is (type, public id) of the invoice. What had been used up is open again; what was ended by
    hand stays ended.
    """
    type_, id_ = reference
    own = CouponUse.objects.filter(reference_type=type_, reference_id=id_, released_at=None)
    taken_from = own.values_list("redemption_id", flat=True)
    locked = Redemption.objects.select_for_update(of=("self",), no_key=True).select_related("coupon")
    for row in locked.filter(pk__in=list(taken_from)).order_by("pk"):
        # Read under the lock: a second caller finds it released.
        use = own.filter(redemption=row).first()
        if use is not None:
            _give_back(row, use, at)


def _give_back(row: Redemption, use: CouponUse, at: datetime) -> None:
    use.released_at = at
    use.save(update_fields=["released_at"])
    if row.uses_left is not None:
        row.uses_left += 1
    if row.left_minor is not None:
        row.left_minor += use.amount_minor
        if row.left_minor == CouponTerms.from_json(row.terms).amounts[row.left_currency]:
            # Whole again: the next invoice may be in any of its currencies.
            row.left_minor, row.left_currency = None, ""
    if row.end_reason == EndReason.USED_UP:
        row.ended_at, row.end_reason = None, ""
    row.save(update_fields=["left_minor", "left_currency", "uses_left", "ended_at", "end_reason"])
    data = {
        "name": row.coupon.name,
        "reference": use.reference_id,
        "amount_minor": use.amount_minor,
        "currency": use.currency,
    }
    record_event(name="coupon.use_released", subject=row, at=at, data=data)
