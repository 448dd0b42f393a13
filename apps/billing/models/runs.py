"""The queues of billing: runs, parked customers, and usage that is watched."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.core.public_ids import PublicIdField
from apps.customers.models import Customer
from apps.subscriptions.models import Subscription


class BillingRun(models.Model):
    """One turn of the billing run: what it looked at and what came of it."""

    public_id = PublicIdField(prefix="run")
    at = models.DateTimeField(help_text="Everything due at or before this was billed.")
    test_clock_id = models.BigIntegerField(null=True, blank=True)
    customers_billed = models.PositiveIntegerField(default=0)
    invoices_finalized = models.PositiveIntegerField(default=0)
    customers_parked = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.public_id


class ParkedCustomer(models.Model):
    """A customer whose billing failed: left out of runs until staff retry, while others go on."""

    public_id = PublicIdField(prefix="park")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    reason_code = models.CharField(max_length=80)
    reason = models.TextField()
    detail = models.TextField(blank=True, help_text="For engineers: where it failed.")
    due_at = models.DateTimeField(help_text="The instant whose billing failed.")
    tries = models.PositiveIntegerField(default=1)
    parked_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(released_at=None),
                name="billing_parked_once",
            )
        ]

    def __str__(self) -> str:
        return self.reason_code


class LateUsageSearch(models.Model):
    """How far events have been searched for late ones: one row for all brands.

    `snapshot` is PostgreSQL's, taken by the last search: it has seen what was committed then, and nothing
    that was still running, so the next one looks at exactly the rest.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    snapshot = models.TextField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="billing_late_usage_search_one_row", condition=Q(id=1))
        ]

    def __str__(self) -> str:
        return self.snapshot


class UsageWatch(models.Model):
    """That a subscription's usage is billed while its period runs: by thresholds, or by the event.

    It is due when the customer's events say something new: when the number of those that transactions from
    `checked_below` on have stored is not `seen` any more. A watermark alone would not do: it lags behind
    whatever else the server does.
    """

    subscription = models.OneToOneField(Subscription, on_delete=models.PROTECT, related_name="+")
    checked_below = models.BigIntegerField(
        null=True, blank=True, help_text="Usage watermark of the last look; empty when none was taken yet."
    )
    seen = models.PositiveBigIntegerField(
        default=0, help_text="Events that had been stored at or after that watermark."
    )
    reached_minor = models.PositiveBigIntegerField(
        default=0, help_text="The highest threshold that was billed, in minor units of its currency."
    )

    def __str__(self) -> str:
        return f"usage of {self.subscription_id}"
