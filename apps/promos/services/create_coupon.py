from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from apps.accounts.models import Brand
from apps.audit.services.record import record_event
from apps.promos.errors import CouponCodeTaken, CouponInvalid
from apps.promos.models import Coupon, CouponAmount
from apps.promos.validation import NewCoupon, coupon_faults


@transaction.atomic
def create_coupon(*, brand: Brand, livemode: bool, new: NewCoupon, at: datetime) -> Coupon:
    """Add a coupon of a brand in one mode. What it takes off never changes; limits and its name may.

    Raises:
        CouponInvalid: terms that cannot be (422).
        CouponCodeTaken: another coupon has the code, in whatever case (409).
    """
    faults = coupon_faults(new)
    if faults:
        raise CouponInvalid(errors=faults)
    coupon = _insert(brand, livemode, new, at)
    CouponAmount.objects.bulk_create(
        CouponAmount(
            coupon=coupon,
            currency=row.currency,
            amount_minor=row.amount_minor,
            minimum_minor=row.minimum_minor,
        )
        for row in new.currencies
    )
    coupon.plans.set(new.plans)
    coupon.products.set(new.products)
    coupon.meters.set(new.meters)
    record_event(
        name="coupon.created", subject=coupon, at=at, data={"code": coupon.code, "type": coupon.type}
    )
    return coupon


def _insert(brand: Brand, livemode: bool, new: NewCoupon, at: datetime) -> Coupon:
    try:
        with transaction.atomic():
            return Coupon.objects.create(
                brand=brand,
                livemode=livemode,
                code=new.code,
                name=new.name,
                type=new.type,
                percent=new.percent,
                duration=new.duration,
                duration_invoices=new.invoices,
                combinable=new.combinable,
                starts_at=new.limits.starts_at,
                ends_at=new.limits.ends_at,
                max_redemptions=new.limits.max_redemptions,
                max_per_customer=new.limits.max_per_customer,
                created_at=at,
            )
    except IntegrityError as error:
        if "promos_coupon_code_once" not in str(error):
            raise
        raise CouponCodeTaken(f"There is a coupon '{new.code}' already.", field="code") from error
