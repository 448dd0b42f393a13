from __future__ import annotations

from typing import ClassVar

from django.db import models

from apps.accounts.models import Brand
from apps.invoices.enums import SeriesKind


class NumberSeries(models.Model):
    """The counter behind document numbers: one row for each brand, mode and kind of document.

    A number is spent only in the transaction that finalises its document, under this row's lock,
    so a series has neither gaps nor doubles (EU VAT Directive 2006/112, article 226(2)).
    """

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    livemode = models.BooleanField()
    kind = models.CharField(max_length=12, choices=SeriesKind.choices)
    prefix = models.CharField(max_length=20)
    next_value = models.PositiveBigIntegerField(default=1)

    class Meta:
        verbose_name_plural = "number series"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "livemode", "kind"], name="invoices_series_once"),
            models.UniqueConstraint(fields=["prefix"], name="invoices_series_prefix_once"),
        ]

    def __str__(self) -> str:
        return f"{self.prefix} ({self.kind})"
