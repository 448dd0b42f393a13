"""The billing periods of a subscription."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from apps.plans.enums import Interval
from apps.subscriptions.models.overlap import no_overlap
from apps.subscriptions.models.phase import Phase
from apps.subscriptions.models.subscription import Subscription


class SubscriptionPeriod(models.Model):
    """One billing period of a subscription at one cadence, half-open, materialised.

    The next one starts where the last ended. Each cadence among the prices has a row of its own (a yearly
    plan with monthly usage has two), without overlap. `full_starts_at` and `full_ends_at` are the whole
    period of which this may be a part; they give the proration.
    """

    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="periods")
    phase = models.ForeignKey(Phase, on_delete=models.PROTECT, related_name="periods")
    interval = models.CharField(max_length=10, choices=Interval.choices)
    interval_count = models.PositiveSmallIntegerField()
    cadence = models.PositiveIntegerField(
        help_text="Interval and count as one number, for the exclusion constraint."
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    full_starts_at = models.DateTimeField()
    full_ends_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True, help_text="When its arrears were billed.")
    closed_below = models.BigIntegerField(
        null=True,
        blank=True,
        help_text="Transaction id below which every event had been committed when it closed: a later "
        "event of this period is late, and none can be missed or counted twice.",
    )
    rerated_below = models.BigIntegerField(
        null=True,
        blank=True,
        help_text="The same for the last time that it was rated again; empty until then.",
    )

    class Meta:
        ordering: ClassVar = ["subscription_id", "cadence", "starts_at"]
        constraints: ClassVar = [
            no_overlap(
                name="subscriptions_period_no_overlap",
                within={"subscription": "int8range", "cadence": "int4range"},
            ),
            # An empty range overlaps nothing, so it would slip past the exclusion.
            models.CheckConstraint(
                name="subscriptions_period_not_empty", condition=Q(ends_at__gt=F("starts_at"))
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["subscription", "closed_at", "ends_at"])]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d} – {self.ends_at:%Y-%m-%d}"
