"""Who has had a trial."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.accounts.models import Brand
from apps.customers.models import Customer
from apps.plans.models import Plan


class TrialUse(models.Model):
    """That a customer's trial of a plan has begun: who comes again, by another address too, gets none.

    Of the e-mail address only a digest of the mailbox behind it is kept, for comparison.
    """

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    livemode = models.BooleanField(default=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+")
    mailbox_sha256 = models.CharField(max_length=64)
    card_fingerprint = models.CharField(max_length=64, blank=True)
    started_at = models.DateTimeField(help_text="When the first trial began.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["customer", "plan"], name="subscriptions_trial_use_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["plan", "mailbox_sha256"], name="subscriptions_trial_mailbox"),
            models.Index(
                fields=["plan", "card_fingerprint"],
                condition=~Q(card_fingerprint=""),
                name="subscriptions_trial_card",
            ),
        ]

    def __str__(self) -> str:
        return f"trial of {self.plan_id} by {self.customer_id}"
