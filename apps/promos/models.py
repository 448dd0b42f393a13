"""Money off: coupons, the codes that customers type, who has redeemed what, and what it took off.

A redemption keeps its coupon's terms as they were; a use is what one invoice took of it.
"""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper

from apps.accounts.models import Brand
from apps.core.public_ids import PublicIdField
from apps.customers.models import Customer
from apps.plans.models import Meter, Plan, Product
from apps.promos.enums import CouponDuration, CouponType, EndReason
from apps.subscriptions.models import Subscription

CODE_PATTERN = r"^[A-Za-z0-9_-]{1,60}$"
CODE = RegexValidator(CODE_PATTERN, "Use letters, digits, - and _.")


class Redeemable(models.Model):
    """What limits a coupon as it limits a code: redeemable in [starts_at, ends_at), so often and no more."""

    starts_at = models.DateTimeField(null=True, blank=True, help_text="Redeemable from (UTC).")
    ends_at = models.DateTimeField(null=True, blank=True, help_text="Redeemable until, exclusive (UTC).")
    max_redemptions = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)], help_text="By all; empty is no limit."
    )
    max_per_customer = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        default=1,
        validators=[MinValueValidator(1)],
        help_text="By each customer; empty is no limit.",
    )
    redeemed_count = models.PositiveIntegerField(default=0, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        abstract = True


class Coupon(Redeemable):
    """Terms of money off; whoever redeems it gets them as they are then.

    Limited to plans, products or meters where it names some, and to the currencies of `amounts` where there
    are any. Redeemable in [starts_at, ends_at). What it takes off is fixed once it is made.
    """

    public_id = PublicIdField(prefix="coupon")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    livemode = models.BooleanField(default=False)
    code = models.CharField(max_length=60, validators=[CODE], help_text="For staff and the API.")
    name = models.CharField(max_length=120, help_text="As it stands on invoices.")
    type = models.CharField(max_length=10, choices=CouponType.choices)
    percent = models.DecimalField(
        max_digits=7, decimal_places=4, null=True, blank=True, help_text="25 is 25 %."
    )
    duration = models.CharField(max_length=10, choices=CouponDuration.choices, default=CouponDuration.ONCE)
    duration_invoices = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Of how many invoices, when repeating."
    )
    combinable = models.BooleanField(default=True, help_text="Off: it stands alone, beside no other.")
    plans = models.ManyToManyField(Plan, blank=True, related_name="+", help_text="Only these; none is all.")
    products = models.ManyToManyField(Product, blank=True, related_name="+")
    meters = models.ManyToManyField(
        Meter, blank=True, related_name="+", help_text="Only what these meters count."
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Upper("code"), "brand", "livemode", name="promos_coupon_code_once"),
            models.CheckConstraint(
                name="promos_coupon_percent_of_percent",
                condition=Q(type=CouponType.PERCENT, percent__gt=0, percent__lte=100)
                | Q(type=CouponType.FIXED, percent=None),
            ),
            models.CheckConstraint(
                name="promos_coupon_invoices_of_repeating",
                condition=Q(duration=CouponDuration.REPEATING, duration_invoices__gte=1)
                | (Q(duration__in=[CouponDuration.ONCE, CouponDuration.FOREVER], duration_invoices=None)),
            ),
            models.CheckConstraint(
                name="promos_coupon_within_cap",
                condition=Q(max_redemptions=None) | Q(redeemed_count__lte=F("max_redemptions")),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["brand", "livemode", "created_at", "id"])]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class CouponAmount(models.Model):
    """A coupon in one currency, in minor units: what a fixed one takes off, and what it must be taken from.

    A percentage has no amount. The minimum is of the lines that it covers, before any discount.
    """

    coupon = models.ForeignKey(Coupon, on_delete=models.CASCADE, related_name="amounts")
    currency = models.CharField(max_length=3)
    amount_minor = models.PositiveBigIntegerField(null=True, blank=True)
    minimum_minor = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["coupon_id", "currency"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["coupon", "currency"], name="promos_amount_currency_once"),
            models.CheckConstraint(
                name="promos_amount_positive", condition=Q(amount_minor=None) | Q(amount_minor__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.coupon_id} in {self.currency}"


class PromotionCode(Redeemable):
    """A word that customers type to redeem a coupon, with limits of its own beside the coupon's."""

    public_id = PublicIdField(prefix="promo")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    livemode = models.BooleanField(default=False)
    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="promotion_codes")
    code = models.CharField(max_length=60, validators=[CODE], help_text="Upper and lower case are the same.")
    customer = models.ForeignKey(
        Customer,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Only this one.",
    )
    first_purchase_only = models.BooleanField(
        default=False, help_text="Only for customers who have never been invoiced."
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Upper("code"), "brand", "livemode", name="promos_promotioncode_once"),
            models.CheckConstraint(
                name="promos_promotioncode_within_cap",
                condition=Q(max_redemptions=None) | Q(redeemed_count__lte=F("max_redemptions")),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["brand", "livemode", "created_at", "id"])]

    def __str__(self) -> str:
        return self.code


class Redemption(models.Model):
    """A customer's right to a coupon's terms as they were, on all invoices or on those of one subscription.

    `slot` numbers a customer's redemptions of the coupon, `code_slot` those of the promotion code: unique, so
    that a cap per customer holds. `uses_left` counts invoices (empty: no limit). What is left of a fixed
    amount that is given once is `left_minor` in the currency of the first invoice that used it.
    """

    public_id = PublicIdField(prefix="red")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    livemode = models.BooleanField(default=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="redemptions")
    promotion_code = models.ForeignKey(
        PromotionCode, null=True, blank=True, on_delete=models.PROTECT, related_name="redemptions"
    )
    subscription = models.ForeignKey(
        Subscription, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    slot = models.PositiveIntegerField()
    code_slot = models.PositiveIntegerField(null=True, blank=True)
    terms = models.JSONField(help_text="The coupon's terms when it was redeemed.")
    uses_left = models.PositiveSmallIntegerField(null=True, blank=True)
    left_minor = models.PositiveBigIntegerField(null=True, blank=True)
    left_currency = models.CharField(max_length=3, blank=True, default="")
    redeemed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=10, blank=True, choices=EndReason.choices, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["coupon", "customer", "slot"], name="promos_redemption_slot"),
            models.UniqueConstraint(
                fields=["promotion_code", "customer", "code_slot"], name="promos_redemption_code_slot"
            ),
            models.CheckConstraint(
                name="promos_redemption_left_in_currency",
                condition=Q(left_minor=None, left_currency="")
                | (Q(left_minor__isnull=False) & ~Q(left_currency="")),
            ),
            models.CheckConstraint(
                name="promos_redemption_ended_has_reason",
                condition=Q(ended_at=None, end_reason="")
                | Q(ended_at__isnull=False, end_reason__in=EndReason.values),
            ),
            models.CheckConstraint(
                name="promos_redemption_code_has_slot",
                condition=Q(promotion_code=None, code_slot=None)
                | Q(promotion_code__isnull=False, code_slot__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["customer", "redeemed_at", "id"],
                condition=Q(ended_at=None),
                name="promos_redemption_open",
            ),
            models.Index(fields=["brand", "livemode", "redeemed_at", "id"]),
        ]

    def __str__(self) -> str:
        return self.public_id


class CouponUse(models.Model):
    """What one invoice took of a redemption, in minor units; given back when the invoice is voided."""

    redemption = models.ForeignKey(Redemption, on_delete=models.PROTECT, related_name="uses")
    reference_type = models.CharField(max_length=40)
    reference_id = models.CharField(max_length=40, help_text="Public id of the invoice.")
    currency = models.CharField(max_length=3)
    amount_minor = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["redemption", "reference_type", "reference_id"], name="promos_use_once"
            ),
            models.CheckConstraint(name="promos_use_positive", condition=Q(amount_minor__gt=0)),
        ]
        indexes: ClassVar = [
            models.Index(fields=["reference_type", "reference_id"], name="promos_use_reference")
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency} by {self.reference_id}"
