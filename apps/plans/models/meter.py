"""The meters that usage prices read."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.core.public_ids import PublicIdField
from apps.plans.enums import Aggregation, LateUsage, QuantityRounding, UniqueMode


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
