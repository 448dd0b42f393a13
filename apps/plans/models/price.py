"""What a version charges for."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models

from apps.core.model_fields import choice_field
from apps.core.public_ids import PublicIdField
from apps.plans.enums import BillingTiming, ChargeModel, Interval, QuantitySource, TaxBehavior, UsageProration
from apps.plans.models.meter import Meter
from apps.plans.models.plan import PlanVersion


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
    tax_behavior = choice_field(
        TaxBehavior.EXCLUSIVE, max_length=10, help_text="Whether its amounts contain the tax."
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
