"""Links that an integrator hands to a customer: hosted checkout and portal sessions."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from apps.accounts.models import Brand
from apps.core.public_ids import PublicIdField
from apps.customers.models import Customer
from apps.plans.models import PlanVersion
from apps.portal.enums import SessionStatus
from apps.subscriptions.models import Subscription


class CheckoutSession(models.Model):
    """A hosted page on which one customer can buy one plan version; its link is the secret."""

    public_id = PublicIdField(prefix="cs")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    livemode = models.BooleanField(default=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    plan_version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    quantity = models.PositiveIntegerField(default=1)
    status = models.CharField(max_length=10, choices=SessionStatus.choices, default=SessionStatus.OPEN)
    token_sha256 = models.CharField(max_length=64, unique=True)
    success_url = models.URLField(max_length=500)
    cancel_url = models.URLField(max_length=500, blank=True)
    subscription = models.ForeignKey(
        Subscription, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    metadata = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="portal_checkoutsession_status_known",
                condition=models.Q(status__in=SessionStatus.values),
            )
        ]

    def __str__(self) -> str:
        return self.public_id


class PortalSession(models.Model):
    """A short-lived link that lets its bearer act as a customer in the portal."""

    public_id = PublicIdField(prefix="ps")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    livemode = models.BooleanField(default=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    token_sha256 = models.CharField(max_length=64, unique=True)
    return_url = models.URLField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.public_id
