"""Reads about coupons, codes and redemptions: never another brand's, never the other mode's."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from apps.customers.models import Customer
from apps.promos.enums import CouponDuration, CouponType
from apps.promos.errors import CouponNotFound, PromotionCodeNotFound, RedemptionNotFound
from apps.promos.models import Coupon, PromotionCode, Redemption
from apps.promos.terms import CouponScope, CouponTerms


@dataclass(frozen=True, slots=True)
class AskedCoupon:
    """What a code stands for: a coupon, by a promotion code or by its own."""

    coupon: Coupon
    promotion_code: PromotionCode | None


def coupons_of(*, brand_id: int, livemode: bool) -> QuerySet[Coupon]:
    """The coupons of a brand in one mode with all that the API shows of them."""
    return _with_parts(Coupon.objects.filter(brand_id=brand_id, livemode=livemode))


def get_coupon(*, brand_id: int, livemode: bool, reference: str) -> Coupon:
    """The coupon with this public id, or with this code in whatever case.

    Raises:
        CouponNotFound: none in this brand and mode (404).
    """
    own = coupons_of(brand_id=brand_id, livemode=livemode)
    found = own.filter(public_id=reference).first() or own.filter(code__iexact=reference).first()
    if found is None:
        raise CouponNotFound(f"There is no coupon '{reference}'.", field="coupon")
    return found


def promotion_codes_of(*, brand_id: int, livemode: bool) -> QuerySet[PromotionCode]:
    """The promotion codes of a brand in one mode with their coupons and customers."""
    own = PromotionCode.objects.filter(brand_id=brand_id, livemode=livemode)
    return own.select_related("coupon", "customer")


def get_promotion_code(*, brand_id: int, livemode: bool, reference: str) -> PromotionCode:
    """The promotion code with this public id, or that is written so in whatever case.

    Raises:
        PromotionCodeNotFound: none in this brand and mode (404).
    """
    own = promotion_codes_of(brand_id=brand_id, livemode=livemode)
    found = own.filter(public_id=reference).first() or own.filter(code__iexact=reference).first()
    if found is None:
        raise PromotionCodeNotFound(f"There is no code '{reference}'.", field="code")
    return found


def asked_coupon(*, customer: Customer, code: str, by_customer: bool = False) -> AskedCoupon:
    """What a code stands for to a customer; a promotion code goes before a coupon of the same code.

    `by_customer`: only promotion codes count, since a coupon's own code is known to no customer.

    Raises:
        PromotionCodeNotFound: neither, or a promotion code of another customer (404).
    """
    own = {"brand_id": customer.brand_id, "livemode": customer.livemode, "code__iexact": code.strip()}
    typed = PromotionCode.objects.select_related("coupon").filter(**own).first()
    if typed is not None and typed.customer_id in (None, customer.pk):
        return AskedCoupon(typed.coupon, typed)
    coupon = None if by_customer or typed is not None else Coupon.objects.filter(**own).first()
    if coupon is None:
        # A code of another customer is answered as one that does not exist.
        raise PromotionCodeNotFound(f"There is no code '{code}'.", field="code")
    return AskedCoupon(coupon, None)


def terms_of(coupon: Coupon) -> CouponTerms:
    """A coupon's terms as they are now."""
    amounts = list(coupon.amounts.all())
    return CouponTerms(
        type=CouponType(coupon.type),
        percent=coupon.percent,
        amounts={row.currency: row.amount_minor for row in amounts if row.amount_minor is not None},
        minimums={row.currency: row.minimum_minor for row in amounts if row.minimum_minor},
        currencies=frozenset(row.currency for row in amounts),
        duration=CouponDuration(coupon.duration),
        invoices=coupon.duration_invoices,
        combinable=coupon.combinable,
        scope=CouponScope(
            plans=frozenset(row.pk for row in coupon.plans.all()),
            products=frozenset(row.pk for row in coupon.products.all()),
            meters=frozenset(row.pk for row in coupon.meters.all()),
        ),
    )


def redemptions_of(customer_id: int) -> QuerySet[Redemption]:
    """A customer's redemptions, newest first."""
    own = Redemption.objects.filter(customer_id=customer_id)
    return own.select_related("coupon", "promotion_code", "customer", "subscription").order_by("-id")


def open_redemptions_of(customer_id: int) -> QuerySet[Redemption]:
    """A customer's redemptions that have not ended, in the order in which they were redeemed."""
    own = Redemption.objects.filter(customer_id=customer_id, ended_at=None)
    return own.order_by("redeemed_at", "id")


def get_redemption(*, brand_id: int, livemode: bool, reference: str) -> Redemption:
    """The redemption with this public id.

    Raises:
        RedemptionNotFound: none in this brand and mode (404).
    """
    own = Redemption.objects.select_related("coupon", "promotion_code", "customer", "subscription")
    found = own.filter(brand_id=brand_id, livemode=livemode, public_id=reference).first()
    if found is None:
        raise RedemptionNotFound(f"There is no redemption '{reference}'.", field="redemption")
    return found


def _with_parts(coupons: QuerySet[Coupon]) -> QuerySet[Coupon]:
    return coupons.prefetch_related("amounts", "plans", "products", "meters")
