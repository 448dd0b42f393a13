"""What is sold: products, plans with versions, prices, and the meters that usage prices read.

The catalog is shared by all brands and both modes; a plan may be limited to brands.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models

from apps.accounts.models import Brand
from apps.core.public_ids import PublicIdField
from apps.plans.enums import (
    Aggregation,
    BillingTiming,
    ChargeModel,
    Interval,
    PeriodAlignment,
    QuantitySource,
    TrialEnd,
    VersionStatus,
)


class Product(models.Model):
    """A thing that is sold; its plans are the ways of buying it."""

    public_id = PublicIdField(prefix="prod")
    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Meter(models.Model):
    """How usage events become one number: which events count, and how they add up."""

    public_id = PublicIdField(prefix="mtr")
    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    unit_name = models.CharField(max_length=40, default="unit", help_text="Singular: call, GB, seat.")
    event_name = models.CharField(max_length=120)
    aggregation = models.CharField(max_length=20, choices=Aggregation.choices)
    value_property = models.CharField(
        max_length=120, blank=True, help_text="Which property is added up; empty for a count."
    )
    filters = models.JSONField(
        default=list,
        blank=True,
        help_text='Only events that match all of [{"property": "region", "values": ["eu"]}, …].',
    )
    group_by = ArrayField(
        models.CharField(max_length=120),
        default=list,
        blank=True,
        help_text="Properties by which usage is shown apart; the price is of the total.",
    )
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="plans_meter_aggregation_known",
                condition=models.Q(aggregation__in=Aggregation.values),
            ),
            models.CheckConstraint(
                name="plans_meter_value_property_unless_count",
                condition=models.Q(aggregation=Aggregation.COUNT) | ~models.Q(value_property=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name


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


class Price(models.Model):
    """One thing a plan version charges for, in one currency: model, parameters, cadence, timing.

    `parameters` holds decimal strings in major units, in the shape of its charge model.
    Prices that differ only in currency share their `code`.
    """

    public_id = PublicIdField(prefix="price")
    version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="prices")
    code = models.SlugField(max_length=60)
    name = models.CharField(max_length=120, help_text="As it stands on invoice lines.")
    currency = models.CharField(max_length=3)
    model = models.CharField("charge model", max_length=20, choices=ChargeModel.choices)
    parameters = models.JSONField(default=dict)
    quantity_source = models.CharField(
        max_length=10, choices=QuantitySource.choices, default=QuantitySource.FIXED
    )
    meter = models.ForeignKey(Meter, null=True, blank=True, on_delete=models.PROTECT, related_name="prices")
    interval = models.CharField(max_length=10, choices=Interval.choices, default=Interval.MONTH)
    interval_count = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1)])
    timing = models.CharField(max_length=10, choices=BillingTiming.choices, default=BillingTiming.IN_ADVANCE)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["version_id", "position", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["version", "code", "currency"], name="plans_price_code_currency_once"
            ),
            models.CheckConstraint(
                name="plans_price_meter_when_metered",
                condition=models.Q(quantity_source=QuantitySource.METER, meter__isnull=False)
                | (~models.Q(quantity_source=QuantitySource.METER) & models.Q(meter=None)),
            ),
            models.CheckConstraint(
                name="plans_price_metered_in_arrears",
                condition=~models.Q(quantity_source=QuantitySource.METER)
                | models.Q(timing=BillingTiming.IN_ARREARS),
            ),
            models.CheckConstraint(
                name="plans_price_model_known", condition=models.Q(model__in=ChargeModel.values)
            ),
            models.CheckConstraint(
                name="plans_price_interval_known", condition=models.Q(interval__in=Interval.values)
            ),
            models.CheckConstraint(
                name="plans_price_interval_count_positive",
                condition=models.Q(interval_count__gte=1),
            ),
            models.CheckConstraint(
                name="plans_price_timing_known", condition=models.Q(timing__in=BillingTiming.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.currency})"
