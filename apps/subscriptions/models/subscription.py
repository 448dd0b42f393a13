"""A customer's contract for a plan."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.accounts.models import Brand
from apps.core.public_ids import PublicIdField
from apps.customers.models import Customer
from apps.plans.models import PlanVersion
from apps.subscriptions.enums import CancelReason, CollectionMethod, SubscriptionStatus


class Subscription(models.Model):
    """A customer's contract for a plan, from its start until it is canceled.

    `next_bill_at` is its place in the queue of due work; empty once nothing more is to be billed.
    """

    public_id = PublicIdField(prefix="sub")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    livemode = models.BooleanField(default=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    external_id = models.CharField(  # noqa: DJ001 - unique where given, so absent is NULL
        max_length=255, null=True, blank=True
    )
    plan_version = models.ForeignKey(
        PlanVersion, on_delete=models.PROTECT, related_name="+", help_text="That of the running phase."
    )
    currency = models.CharField(max_length=3)
    quantity = models.PositiveIntegerField(default=1, help_text="Seats, where the plan has them.")
    quantities = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        help_text="Of seat prices whose quantity is another one: quantity by price code.",
    )
    status = models.CharField(max_length=12, choices=SubscriptionStatus.choices)
    collection_method = models.CharField(
        max_length=22,
        choices=CollectionMethod.choices,
        default=CollectionMethod.CHARGE_AUTOMATICALLY,
    )
    started_at = models.DateTimeField()
    trial_ends_at = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    parent = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="add_ons",
        help_text="The subscription that this one is an add-on of; it ends with it.",
    )
    trial_reminder_at = models.DateTimeField(
        null=True, blank=True, help_text="When to remind of the end of the trial; empty once done."
    )
    current_period_starts_at = models.DateTimeField()
    current_period_ends_at = models.DateTimeField()
    next_bill_at = models.DateTimeField(null=True, blank=True)
    is_metered = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Whether a phase of it ever had a metered price: only then can usage be late.",
    )
    late_below = models.BigIntegerField(
        null=True,
        blank=True,
        help_text="Transaction id below which late usage of all closed periods was looked for by a bill.",
    )
    late_due_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Usage of closed periods changed, and no next invoice will carry it; empty once settled.",
    )
    cancel_reason = models.CharField(max_length=20, choices=CancelReason.choices, blank=True)
    cancel_comment = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["brand", "livemode", "external_id"],
                condition=~Q(status=SubscriptionStatus.CANCELED),
                name="subscriptions_subscription_external_id_once",
            ),
            models.CheckConstraint(
                name="subscriptions_subscription_status_known",
                condition=Q(status__in=SubscriptionStatus.values),
            ),
            models.CheckConstraint(
                name="subscriptions_subscription_ended_iff_canceled",
                condition=Q(status=SubscriptionStatus.CANCELED, ended_at__isnull=False)
                | (~Q(status=SubscriptionStatus.CANCELED) & Q(ended_at=None)),
            ),
            models.CheckConstraint(
                name="subscriptions_subscription_quantity_positive", condition=Q(quantity__gte=1)
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_bill_at"],
                condition=Q(next_bill_at__isnull=False),
                name="subscriptions_due",
            ),
            models.Index(
                fields=["trial_reminder_at"],
                condition=Q(trial_reminder_at__isnull=False),
                name="subscriptions_reminder_due",
            ),
            models.Index(
                fields=["late_due_at"],
                condition=Q(late_due_at__isnull=False),
                name="subscriptions_late_due",
            ),
            models.Index(fields=["customer", "status"]),
            models.Index(fields=["brand", "livemode", "created_at", "id"]),
        ]

    def __str__(self) -> str:
        return self.public_id
