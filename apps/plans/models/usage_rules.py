"""What a version says of the usage of a whole period, beside its prices."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from apps.plans.models.plan import PlanVersion


class MinimumCommitment(models.Model):
    """What a subscriber of a version pays at least for a billing period, in one currency.

    What falls short of it is billed as a true-up line. Minor units.
    """

    version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="commitments")
    currency = models.CharField(max_length=3)
    amount_minor = models.PositiveBigIntegerField()
    name = models.CharField(max_length=120, default="Minimum commitment")

    class Meta:
        ordering: ClassVar = ["version_id", "currency"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "currency"], name="plans_commitment_currency_once")
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.currency})"


class UsageThreshold(models.Model):
    """An amount of usage at which a subscriber is billed at once, before the period ends.

    It watches the usage amount over the subscription's life, in minor units of one currency. A recurring one
    fires at every further multiple beyond the highest one-time threshold.
    """

    version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="thresholds")
    currency = models.CharField(max_length=3)
    amount_minor = models.PositiveBigIntegerField()
    is_recurring = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["version_id", "currency", "is_recurring", "amount_minor"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["version", "currency", "amount_minor", "is_recurring"],
                name="plans_threshold_amount_once",
            ),
            models.UniqueConstraint(
                fields=["version", "currency"],
                condition=models.Q(is_recurring=True),
                name="plans_threshold_one_recurring",
            ),
            models.CheckConstraint(name="plans_threshold_positive", condition=models.Q(amount_minor__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency}"
