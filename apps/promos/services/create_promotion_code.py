from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from apps.audit.services.record import record_event
from apps.core.errors import FieldError
from apps.customers.models import Customer
from apps.promos.errors import CouponCodeTaken, CouponInvalid, CouponNotOpen
from apps.promos.models import Coupon, PromotionCode
from apps.promos.validation import RedeemLimits, code_faults, limit_faults


@transaction.atomic
def create_promotion_code(
    *,
    coupon: Coupon,
    code: str,
    at: datetime,
    customer: Customer | None = None,
    first_purchase_only: bool = False,
    limits: RedeemLimits | None = None,
) -> PromotionCode:
    """Add a word that redeems a coupon: for everyone, or for one customer of the coupon's brand and mode.

    Raises:
        CouponInvalid: a code or limits that cannot be, or a customer of elsewhere (422).
        CouponNotOpen: the coupon is archived (409).
        CouponCodeTaken: another promotion code is written so, in whatever case (409).
    """
    limits = limits or RedeemLimits()
    faults = [*code_faults(code), *limit_faults(limits)]
    if customer is not None and (customer.brand_id, customer.livemode) != (coupon.brand_id, coupon.livemode):
        faults.append(FieldError("customer", "elsewhere", "The customer is of another brand or mode."))
    if faults:
        raise CouponInvalid(errors=faults)
    if coupon.archived_at is not None:
        raise CouponNotOpen("The coupon is archived.", field="coupon")
    made = _insert(
        PromotionCode(
            brand_id=coupon.brand_id,
            livemode=coupon.livemode,
            coupon=coupon,
            code=code,
            customer=customer,
            first_purchase_only=first_purchase_only,
            starts_at=limits.starts_at,
            ends_at=limits.ends_at,
            max_redemptions=limits.max_redemptions,
            max_per_customer=limits.max_per_customer,
            created_at=at,
        )
    )
    record_event(
        name="promotion_code.created", subject=made, at=at, data={"code": code, "coupon": coupon.public_id}
    )
    return made


def _insert(row: PromotionCode) -> PromotionCode:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        if "promos_promotioncode_once" not in str(error):
            raise
        raise CouponCodeTaken(f"There is a code '{row.code}' already.", field="code") from error
    return row
