"""What a customer may do now: the access level, and feature flags with plan targeting."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from waffle.models import AbstractUserFlag

from apps.customers.models import Customer
from apps.entitlements.enums import AccessLevel, AccessReason
from apps.plans.models import Plan


class CustomerAccess(models.Model):
    """The access level of a customer; no row means full access."""

    customer = models.OneToOneField(
        Customer, on_delete=models.CASCADE, primary_key=True, related_name="access"
    )
    level = models.CharField(max_length=10, choices=AccessLevel.choices, default=AccessLevel.FULL)
    reason = models.CharField(
        max_length=20, choices=AccessReason.choices, default=AccessReason.IN_GOOD_STANDING
    )
    since_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "customer access"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="entitlements_access_level_known",
                condition=models.Q(level__in=AccessLevel.values),
            )
        ]

    def __str__(self) -> str:
        return f"{self.level} for {self.customer_id}"


class FeatureFlag(AbstractUserFlag):
    """A waffle flag that can also be switched on for plans and for single customers."""

    plans = models.ManyToManyField(
        Plan, blank=True, related_name="+", help_text="On for subscribers of these plans."
    )
    customers = models.ManyToManyField(
        Customer, blank=True, related_name="+", help_text="On for these customers."
    )

    class Meta(AbstractUserFlag.Meta):
        abstract = False
        verbose_name = "feature flag"
