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
    LateUsage,
    PeriodAlignment,
    QuantityRounding,
    QuantitySource,
    TaxBehavior,
    TrialEnd,
    UniqueMode,
    UsageProration,
    VersionStatus,
)


class Product(models.Model):
    """A thing that is sold; its plans are the ways of buying it."""

    public_id = PublicIdField(prefix="prod")
    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    tax_code = models.CharField(
        max_length=40,
        default="standard",
        db_default="standard",
        help_text="What it is to a tax table: standard, reduced, exempt, or a code of yours.",
    )
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Meter(models.Model):
    """How usage events become one number: which events count, what one is worth, how they add up.

    An event is worth its `value_property`, or its `value_expression` over properties. Where the meter
    `carries_over`, what was so at the end of a period is so at the start of the next.
    """

    public_id = PublicIdField(prefix="mtr")
    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    unit_name = models.CharField(max_length=40, default="unit", help_text="Singular: call, GB, seat.")
    event_name = models.CharField(max_length=120)
    aggregation = models.CharField(max_length=20, choices=Aggregation.choices)
    value_property = models.CharField(
        max_length=120, blank=True, help_text="Which property is added up; empty for a count."
    )
    value_expression = models.CharField(
        max_length=500, blank=True, help_text="In place of a property: input_tokens + 3 * output_tokens."
    )
    filters = models.JSONField(
        default=list,
        blank=True,
        help_text='Only events that match all of [{"property": "region", "values": ["eu"]}, '
        '{"exclude": [{"property": …}]}, …].',
    )
    unique_mode = models.CharField(max_length=12, choices=UniqueMode.choices, default=UniqueMode.DISTINCT)
    carries_over = models.BooleanField(
        default=False, help_text="The value stays from period to period until an event changes it."
    )
    percentile = models.DecimalField(
        max_digits=5, decimal_places=2, null=True, blank=True, help_text="95 for p95; of a percentile only."
    )
    rounding = models.CharField(
        max_length=10, choices=QuantityRounding.choices, default=QuantityRounding.NONE
    )
    rounding_precision = models.SmallIntegerField(
        default=0, help_text="Decimal places that are kept; -2 rounds to hundreds."
    )
    late_usage = models.CharField(max_length=14, choices=LateUsage.choices, default=LateUsage.NEXT_INVOICE)
    late_usage_periods = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="How many billed periods back late usage counts; empty is no limit."
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
                condition=models.Q(aggregation=Aggregation.COUNT)
                | ~models.Q(value_property="")
                | ~models.Q(value_expression=""),
            ),
            models.CheckConstraint(
                name="plans_meter_percentile_of_percentile",
                condition=models.Q(aggregation=Aggregation.PERCENTILE, percentile__gt=0, percentile__lte=100)
                | (~models.Q(aggregation=Aggregation.PERCENTILE) & models.Q(percentile=None)),
            ),
            models.CheckConstraint(
                name="plans_meter_rounding_known",
                condition=models.Q(rounding__in=QuantityRounding.values),
            ),
            models.CheckConstraint(
                name="plans_meter_late_usage_known", condition=models.Q(late_usage__in=LateUsage.values)
            ),
            models.CheckConstraint(
                name="plans_meter_unique_mode_known", condition=models.Q(unique_mode__in=UniqueMode.values)
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
    usage_proration = models.CharField(
        max_length=12, choices=UsageProration.choices, default=UsageProration.NONE
    )
    prorated = models.BooleanField(
        default=True,
        db_default=True,
        help_text="Off: a fee costs the same for a part of a period, and nothing of it is credited.",
    )
    tax_behavior = models.CharField(
        max_length=10,
        choices=TaxBehavior.choices,
        default=TaxBehavior.EXCLUSIVE,
        db_default=TaxBehavior.EXCLUSIVE,
        help_text="Whether its amounts contain the tax.",
    )
    tax_code = models.CharField(
        max_length=40, blank=True, default="", db_default="", help_text="Empty means the product's."
    )
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
