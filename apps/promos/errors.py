from __future__ import annotations

from apps.core.errors import DomainError


class CouponNotFound(DomainError):
    """No such coupon in this brand and mode."""

    code = "coupon_not_found"
    status = 404
    title = "Coupon not found"


class PromotionCodeNotFound(DomainError):
    """No such code in this brand and mode, or it is another customer's."""

    code = "promotion_code_not_found"
    status = 404
    title = "Code not found"


class RedemptionNotFound(DomainError):
    """No such redemption in this brand and mode."""

    code = "redemption_not_found"
    status = 404
    title = "Redemption not found"


class CouponInvalid(DomainError):
    """Terms that cannot be; `errors` names each field."""

    code = "coupon_invalid"
    status = 422
    title = "The coupon is not valid"


class CouponCodeTaken(DomainError):
    """Another one of this brand and mode has the code, in whatever case it is written."""

    code = "coupon_code_taken"
    status = 409
    title = "The code is taken"


class CouponInUse(DomainError):
    """It was redeemed, or has codes: it is archived, not deleted."""

    code = "coupon_in_use"
    status = 409
    title = "The coupon is in use"


class CouponRefused(DomainError):
    """A customer may not redeem it now; subclasses say why."""

    code = "coupon_refused"
    status = 409
    title = "The coupon cannot be redeemed"


class CouponNotOpen(CouponRefused):
    """It is archived, not yet valid or no longer valid."""

    code = "coupon_not_open"


class CouponExhausted(CouponRefused):
    """All its redemptions are spent."""

    code = "coupon_exhausted"


class CouponRedeemedBefore(CouponRefused):
    """The customer has redeemed it as often as each customer may."""

    code = "coupon_redeemed_before"


class CouponForFirstPurchase(CouponRefused):
    """It is for customers who have never been invoiced."""

    code = "coupon_for_first_purchase"


class CouponForOtherCurrency(CouponRefused):
    """It is good in other currencies than the customer is billed in."""

    code = "coupon_for_other_currency"


class CouponForOtherPlan(CouponRefused):
    """The subscription's plan is none that it is limited to."""

    code = "coupon_for_other_plan"


class CouponStandsAlone(CouponRefused):
    """It, or one that the customer already has, goes with no other."""

    code = "coupon_stands_alone"


class CouponBelowMinimum(CouponRefused):
    """What it covers is less than its minimum amount; only a preview says so, an invoice leaves it out."""

    code = "coupon_below_minimum"


class SubscriptionNotOpen(CouponRefused):
    """The subscription has ended, or is not the customer's."""

    code = "subscription_not_open"


class CouponUseRefused(DomainError):
    """More is to be taken off than a redemption holds: it was used up or ended meanwhile."""

    code = "coupon_use_refused"
    status = 409
    title = "The coupon is used up"
