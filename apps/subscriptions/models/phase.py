"""Stretches of a subscription, and the prices that each is billed by."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from apps.core.public_ids import PublicIdField
from apps.plans.enums import PeriodAlignment
from apps.plans.models import PlanVersion, Price
from apps.subscriptions.enums import AnchorPrecision, PhaseKind
from apps.subscriptions.models.overlap import no_overlap
from apps.subscriptions.models.subscription import Subscription


class Phase(models.Model):
    """A stretch of a subscription under one plan version and one way of counting periods.

    The stored anchor gives every boundary: 31 January, 28 February, 31 March.
    """

    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="phases")
    kind = models.CharField(max_length=10, choices=PhaseKind.choices)
    plan_version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    anchor_at = models.DateTimeField()
    anchor_zone = models.CharField(max_length=64)
    anchor_precision = models.CharField(
        max_length=10, choices=AnchorPrecision.choices, default=AnchorPrecision.LOCAL_DAY
    )
    alignment = models.CharField(
        max_length=12, choices=PeriodAlignment.choices, default=PeriodAlignment.ANNIVERSARY
    )
    billing_day = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Day of the month, 1 to 31, where periods are aligned to one."
    )
    continues = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The phase before, where fees that it paid beyond its end are paid for this one too.",
    )

    class Meta:
        ordering: ClassVar = ["subscription_id", "starts_at", "id"]
        constraints: ClassVar = [
            no_overlap(name="subscriptions_phase_no_overlap", within={"subscription": "int8range"}),
            models.CheckConstraint(
                name="subscriptions_phase_not_backwards",
                condition=Q(ends_at=None) | Q(ends_at__gte=F("starts_at")),
            ),
            models.CheckConstraint(
                name="subscriptions_phase_billing_day_where_aligned",
                condition=Q(alignment=PeriodAlignment.BILLING_DAY, billing_day__gte=1, billing_day__lte=31)
                | (~Q(alignment=PeriodAlignment.BILLING_DAY) & Q(billing_day=None)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} phase of {self.subscription_id} from {self.starts_at:%Y-%m-%d}"


class SubscriptionItem(models.Model):
    """A price that a phase of a subscription is billed by; it pins the price for good."""

    public_id = PublicIdField(prefix="si")
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="items")
    phase = models.ForeignKey(Phase, on_delete=models.PROTECT, related_name="items")
    price = models.ForeignKey(Price, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField(default=1)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    continues = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The same price and quantity in the phase before, whose periods go on: its fees are paid "
        "for this one.",
    )

    class Meta:
        ordering: ClassVar = ["subscription_id", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["phase", "price", "starts_at"], name="subscriptions_item_price_once"
            ),
            models.CheckConstraint(name="subscriptions_item_quantity_positive", condition=Q(quantity__gte=1)),
        ]

    def __str__(self) -> str:
        return self.public_id
