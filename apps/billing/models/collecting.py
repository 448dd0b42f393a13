"""The collecting of invoices: where each stands, and what was done about it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.billing.enums import CollectionStatus, DunningAction
from apps.billing.models.policy import DunningPolicy
from apps.core.public_ids import PublicIdField
from apps.customers.models import Customer
from apps.entitlements.enums import AccessLevel
from apps.invoices.models import Invoice


class CollectionCase(models.Model):
    """The collecting of one finalised invoice: the first charge and every step after it.

    Times are the customer's. `failures` counts declines, not calls. `policy` is fixed by the first failure
    (empty: the standard timeline). `restriction` is how far the steps have shut the customer out.
    """

    public_id = PublicIdField(prefix="case")
    invoice = models.OneToOneField(Invoice, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=CollectionStatus.choices, default=CollectionStatus.DUE)
    policy = models.ForeignKey(
        DunningPolicy, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    next_attempt_at = models.DateTimeField(
        null=True, blank=True, help_text="The next charge; of a case that waits, the end of its timeline."
    )
    next_step_at = models.DateTimeField(null=True, blank=True, help_text="The next step that is no charge.")
    failures = models.PositiveSmallIntegerField(default=0)
    first_failed_at = models.DateTimeField(null=True, blank=True)
    last_failure = models.TextField(blank=True)
    restriction = models.CharField(max_length=10, choices=AccessLevel.choices, blank=True)
    opened_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="billing_case_status_known", condition=Q(status__in=CollectionStatus.values)
            ),
            models.CheckConstraint(
                name="billing_case_due_has_instant",
                condition=~Q(status=CollectionStatus.DUE) | Q(next_attempt_at__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(status=CollectionStatus.DUE),
                name="billing_case_due",
            ),
            models.Index(
                fields=["next_step_at"],
                condition=Q(next_step_at__isnull=False),
                name="billing_case_step_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status} collection of {self.invoice_id}"


class DunningStepTaken(models.Model):
    """A step of a timeline that was taken for an invoice: each once, also when the timeline is changed.

    `day` is the day of the timeline, `taken_at` the customer's time. A retry that was declined counts as
    taken, too. With a `problem` the step came to nothing.
    """

    case = models.ForeignKey(CollectionCase, on_delete=models.PROTECT, related_name="steps_taken")
    day = models.PositiveSmallIntegerField()
    action = models.CharField(max_length=12, choices=DunningAction.choices)
    taken_at = models.DateTimeField()
    problem = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "dunning steps taken"
        ordering: ClassVar = ["day", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "day", "action"], name="billing_step_taken_once"),
            models.CheckConstraint(
                name="billing_step_taken_action_known", condition=Q(action__in=DunningAction.values)
            ),
        ]

    def __str__(self) -> str:
        return f"day {self.day}: {self.get_action_display()}"
