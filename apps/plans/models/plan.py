"""Ways of buying a product, and what each costs at a time."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.accounts.models import Brand
from apps.core.public_ids import PublicIdField
from apps.plans.enums import PeriodAlignment, TrialEnd, VersionStatus
from apps.plans.models.product import Product


class Plan(models.Model):
    """A way of buying a product; what it costs stands in its versions."""

    public_id = PublicIdField(prefix="plan")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="plans")
    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    is_free = models.BooleanField(default=False, help_text="Every price of it is zero.")
    is_public = models.BooleanField(default=True, help_text="Shown on the pricing page.")
    position = models.PositiveSmallIntegerField(default=0, help_text="Order on the pricing page.")
    brands = models.ManyToManyField(
        Brand, blank=True, related_name="+", help_text="Only these may sell it; none means all."
    )
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["position", "id"]

    def __str__(self) -> str:
        return self.name


class PlanVersion(models.Model):
    """A plan's terms at one time: a draft may change, a published version never does."""

    public_id = PublicIdField(prefix="pv")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=VersionStatus.choices, default=VersionStatus.DRAFT)
    alignment = models.CharField(
        max_length=12, choices=PeriodAlignment.choices, default=PeriodAlignment.ANNIVERSARY
    )
    trial_days = models.PositiveSmallIntegerField(default=0)
    trial_requires_card = models.BooleanField(default=False)
    trial_end = models.CharField(max_length=10, choices=TrialEnd.choices, default=TrialEnd.CONVERT)
    trial_end_plan = models.ForeignKey(
        Plan,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The free plan that an unpaid trial falls back to.",
    )
    policies = models.JSONField(
        default=dict, blank=True, help_text="Rules that differ from the defaults; see policies.py."
    )
    highlights = ArrayField(
        models.CharField(max_length=120), default=list, blank=True, help_text="Pricing page bullets."
    )
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["plan_id", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["plan", "number"], name="plans_planversion_number_once"),
            models.UniqueConstraint(
                fields=["plan"],
                condition=models.Q(status=VersionStatus.DRAFT),
                name="plans_planversion_one_draft",
            ),
            models.CheckConstraint(
                name="plans_planversion_status_known",
                condition=models.Q(status__in=VersionStatus.values),
            ),
            models.CheckConstraint(
                name="plans_planversion_published_has_instant",
                condition=models.Q(status=VersionStatus.DRAFT, published_at=None)
                | models.Q(status=VersionStatus.PUBLISHED, published_at__isnull=False),
            ),
            models.CheckConstraint(
                name="plans_planversion_downgrade_names_plan",
                condition=~models.Q(trial_end=TrialEnd.DOWNGRADE) | models.Q(trial_end_plan__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan} v{self.number}"
