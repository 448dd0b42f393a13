from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.accounts.models import Brand
from apps.core.public_ids import PublicIdField
from apps.customers.models import Customer
from apps.invoices.enums import QuoteStatus
from apps.plans.models import PlanVersion
from apps.subscriptions.models import Subscription


class Quote(models.Model):
    """An offer of a subscription to a customer, which they may accept until it expires; it has no number.

    `terms` are what is offered, `preview` the bills as they were shown, and `figures` a digest of both: it
    says whether accepting still comes to the same. Totals are minor units of `currency`. `expires_at` is the
    customer's time.
    """

    public_id = PublicIdField(prefix="quo")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    livemode = models.BooleanField()
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=QuoteStatus.choices, default=QuoteStatus.OPEN)
    plan_version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    memo = models.TextField(blank=True, help_text="What the customer reads above the offer.")
    terms = models.JSONField()
    preview = models.JSONField()
    figures = models.CharField(max_length=64)
    first_total_minor = models.BigIntegerField(help_text="Of the first bill, with tax.")
    next_total_minor = models.BigIntegerField(null=True, blank=True, help_text="Of the bill after it.")
    subscription = models.ForeignKey(
        Subscription, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was accepted or canceled, or had expired."
    )

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="invoices_quote_status_known", condition=Q(status__in=QuoteStatus.values)
            ),
            models.CheckConstraint(
                name="invoices_quote_accepted_has_subscription",
                condition=Q(status=QuoteStatus.ACCEPTED, subscription__isnull=False)
                | (~Q(status=QuoteStatus.ACCEPTED) & Q(subscription=None)),
            ),
            models.CheckConstraint(
                name="invoices_quote_closed_unless_open",
                condition=Q(status=QuoteStatus.OPEN, closed_at=None)
                | (~Q(status=QuoteStatus.OPEN) & Q(closed_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="invoices_quote_ends_after_start", condition=Q(expires_at__gt=models.F("created_at"))
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["brand", "livemode", "-id"], name="invoices_quote_listed"),
            models.Index(fields=["customer", "-id"], name="invoices_quote_customer"),
            models.Index(fields=["expires_at"], condition=Q(status="open"), name="invoices_quote_expiring"),
        ]

    def __str__(self) -> str:
        return self.public_id
