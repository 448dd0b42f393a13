"""Projections for reports: made from the sealed event log, and rebuildable from it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from apps.customers.models import Customer
from apps.plans.models import Plan
from apps.reporting.enums import MovementKind
from apps.subscriptions.models import Subscription


class MrrMovement(models.Model):
    """One change of one subscription's monthly recurring revenue (MRR).

    `delta_minor` and `mrr_after_minor` are minor units of `currency` a month; a yearly price
    counts a twelfth. The sum of all deltas up to an instant is the MRR at that instant.
    """

    brand_id = models.BigIntegerField()
    livemode = models.BooleanField()
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="+")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    kind = models.CharField(max_length=14, choices=MovementKind.choices)
    at = models.DateTimeField()
    delta_minor = models.BigIntegerField()
    mrr_after_minor = models.BigIntegerField()
    event_id = models.CharField(max_length=40, help_text="Public id of the event behind it.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["event_id", "subscription"], name="reporting_movement_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["brand_id", "livemode", "currency", "at"]),
            models.Index(fields=["subscription", "at"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.delta_minor} {self.currency}"
