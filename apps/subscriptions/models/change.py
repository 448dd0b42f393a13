"""What will happen to a subscription."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.core.public_ids import PublicIdField
from apps.plans.models import PlanVersion
from apps.subscriptions.enums import WISHES, CancelReason, ChangeKind, ChangeStatus, UnusedPart
from apps.subscriptions.models.subscription import Subscription


class ScheduledChange(models.Model):
    """Something that will happen to a subscription at an instant, unless it is withdrawn.

    A wish replaces an earlier wish about the same (an end, a pause, the plan). Changes that are `planned`
    belong to a schedule of phases (a ramp, an introductory price) and stand beside it, each at its own
    instant.
    """

    public_id = PublicIdField(prefix="change")
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=12, choices=ChangeKind.choices)
    status = models.CharField(max_length=10, choices=ChangeStatus.choices, default=ChangeStatus.PENDING)
    effective_at = models.DateTimeField()
    plan_version = models.ForeignKey(
        PlanVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    quantity = models.PositiveIntegerField(null=True, blank=True)
    quantities = models.JSONField(
        default=dict, db_default={}, blank=True, help_text="Quantity by price code; others stay."
    )
    billing_day = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Day of the month, 1 to 31, to which periods are aligned from then."
    )
    reason = models.CharField(max_length=20, choices=CancelReason.choices, blank=True)
    comment = models.TextField(blank=True)
    planned = models.BooleanField(default=False)
    prorates = models.BooleanField(
        default=True, help_text="Whether the unused rest is credited and the new part charged by its share."
    )
    unused_part = models.CharField(
        max_length=12, choices=UnusedPart.choices, blank=True, help_text="Empty means the plan's policy."
    )
    restarts_period = models.BooleanField(
        default=False, help_text="Whether a new full period begins; else the anchor stays where it can."
    )
    requested_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True, help_text="When it was applied or withdrawn.")

    class Meta:
        ordering: ClassVar = ["-requested_at", "-id"]
        constraints: ClassVar = [
            *(
                models.UniqueConstraint(
                    fields=["subscription"],
                    condition=Q(status=ChangeStatus.PENDING, planned=False, kind__in=kinds),
                    name=f"subscriptions_change_one_{kinds[0].value}",
                )
                for kinds in WISHES
            ),
            models.UniqueConstraint(
                fields=["subscription", "effective_at", "kind"],
                condition=Q(status=ChangeStatus.PENDING, planned=True),
                name="subscriptions_change_one_planned_at",
            ),
            models.CheckConstraint(
                name="subscriptions_change_kind_known", condition=Q(kind__in=ChangeKind.values)
            ),
            models.CheckConstraint(
                name="subscriptions_change_billing_day_in_month",
                condition=Q(billing_day=None) | Q(billing_day__gte=1, billing_day__lte=31),
            ),
            models.CheckConstraint(
                name="subscriptions_change_status_known",
                condition=Q(status__in=ChangeStatus.values),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.subscription_id} at {self.effective_at:%Y-%m-%d}"
