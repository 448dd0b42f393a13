from __future__ import annotations

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q

from apps.accounts.models import Brand
from apps.core.public_ids import PublicIdField
from apps.invoices.enums import SeriesKind, SeriesReset
from apps.invoices.number_format import DEFAULT_FORMAT


class NumberRule(models.Model):
    """How a brand numbers its documents of one kind; a brand without one counts `PREFIX-000001` for ever.

    `revision` goes up with every change: counters of an earlier revision are not spent from any more, unless
    the new rule leads to the same letters, which then count on. Test mode follows the same rule with TEST
    after the prefix.
    """

    public_id = PublicIdField(prefix="nr")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=SeriesKind.choices)
    prefix = models.CharField(
        max_length=12,
        validators=[RegexValidator(r"^[A-Z0-9]([A-Z0-9-]*[A-Z0-9])?$", "Use capital letters, digits and -.")],
    )
    number_format = models.CharField(
        max_length=60,
        default=DEFAULT_FORMAT,
        help_text="Such as {prefix}-{year}-{number:06d}; {yy} and {next_yy} are the last digits of the year "
        "in which the period begins and of the one after.",
    )
    reset = models.CharField(
        max_length=14,
        choices=SeriesReset.choices,
        default=SeriesReset.NEVER,
        help_text="When numbers begin anew, on the brand's local calendar.",
    )
    first_month = models.PositiveSmallIntegerField(
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(12)],
        help_text="Of a financial year: 4 is April.",
    )
    first_number = models.PositiveBigIntegerField(
        default=1,
        validators=[MinValueValidator(1)],
        help_text="Of the period in which the rule is saved, to go on after another system.",
    )
    first_period = models.CharField(max_length=9, blank=True, editable=False)
    revision = models.PositiveIntegerField(default=1, editable=False)
    changed_at = models.DateTimeField(editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "kind"], name="invoices_numberrule_once"),
            models.CheckConstraint(
                name="invoices_numberrule_reset_known", condition=Q(reset__in=SeriesReset.values)
            ),
            models.CheckConstraint(
                name="invoices_numberrule_first_month", condition=Q(first_month__gte=1, first_month__lte=12)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix} ({self.get_kind_display()})"


class NumberSeries(models.Model):
    """One counter behind document numbers: of a brand, mode, kind and period.

    A number is spent only in the transaction that finalises its document, under this row's lock,
    so a series has neither gaps nor doubles (EU VAT Directive 2006/112, article 226(2)). `prefix` is all that
    stands before the separator and the counter, unique within the brand. [starts_at, ends_at) is the period
    in UTC, on the calendar of `time_zone`; both are empty where numbers never begin anew.
    """

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    livemode = models.BooleanField()
    kind = models.CharField(max_length=12, choices=SeriesKind.choices)
    prefix = models.CharField(max_length=40)
    separator = models.CharField(max_length=1, default="-", db_default="-")
    digits = models.PositiveSmallIntegerField(default=6, db_default=6)
    period = models.CharField(max_length=9, blank=True, default="", db_default="")
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    time_zone = models.CharField(max_length=64, blank=True, default="", db_default="")
    revision = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Of the rule that it follows; 0 for a brand without a rule."
    )
    next_value = models.PositiveBigIntegerField(default=1)

    class Meta:
        verbose_name_plural = "number series"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "prefix"], name="invoices_series_letters_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["brand", "livemode", "kind", "revision"], name="invoices_series_of_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.prefix} ({self.kind})"

    def number_of(self, value: int) -> str:
        """The number that a count of this series is written as."""
        return f"{self.prefix}{self.separator}{value:0{self.digits}d}"
