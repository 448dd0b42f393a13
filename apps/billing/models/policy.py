"""What happens, day by day, while an invoice cannot be collected."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q

from apps.accounts.models import Brand
from apps.billing.enums import DunningAction, DunningMail
from apps.core.public_ids import PublicIdField
from apps.plans.models import Plan


class DunningPolicy(models.Model):
    """A timeline of a brand: the default of its invoices, or that of the plans which name it.

    A brand without a default has the standard timeline (`apps.billing.dunning.STANDARD_STEPS`).
    """

    public_id = PublicIdField(prefix="dun")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    is_default = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "dunning policies"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["brand"], condition=Q(is_default=True), name="billing_dunning_one_default"
            ),
            models.UniqueConstraint(fields=["brand", "name"], name="billing_dunning_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class DunningPolicyPlan(models.Model):
    """That invoices of a plan are collected by a policy, not by the default of the brand that sells it."""

    policy = models.ForeignKey(DunningPolicy, on_delete=models.CASCADE, related_name="plans")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "plan"], name="billing_dunning_plan_once")
        ]

    def __str__(self) -> str:
        return f"{self.plan} by {self.policy}"


class DunningStep(models.Model):
    """One thing that happens so many local days after the first failure, at the same local clock time.

    Of one day, a retry comes first, and then what is milder; see `DunningAction`.
    """

    policy = models.ForeignKey(DunningPolicy, on_delete=models.CASCADE, related_name="steps")
    day = models.PositiveSmallIntegerField(
        validators=[MaxValueValidator(365)], help_text="Days after the first failure."
    )
    action = models.CharField(max_length=12, choices=DunningAction.choices)
    mail = models.CharField(max_length=20, choices=DunningMail.choices, blank=True)
    to_plan = models.ForeignKey(
        Plan,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Of a downgrade: the plan to move to.",
    )

    class Meta:
        ordering: ClassVar = ["day", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["policy", "day", "action"], name="billing_dunning_step_once"),
            models.CheckConstraint(
                name="billing_dunning_action_known", condition=Q(action__in=DunningAction.values)
            ),
            models.CheckConstraint(
                name="billing_dunning_mail_names_its_words",
                condition=Q(action=DunningAction.MAIL, mail__in=DunningMail.values)
                | (~Q(action=DunningAction.MAIL) & Q(mail="")),
            ),
            models.CheckConstraint(
                name="billing_dunning_downgrade_names_its_plan",
                condition=Q(action=DunningAction.DOWNGRADE, to_plan__isnull=False)
                | (~Q(action=DunningAction.DOWNGRADE) & Q(to_plan__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"day {self.day}: {self.get_action_display()}"
