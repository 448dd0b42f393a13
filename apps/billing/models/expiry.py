"""That a card will expire was told."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from apps.payments.models import PaymentMethod


class CardExpiryNotice(models.Model):
    """That the end of a card was announced so many days before it: once, unless the bank extends the card."""

    payment_method = models.ForeignKey(PaymentMethod, on_delete=models.PROTECT, related_name="+")
    exp_year = models.PositiveSmallIntegerField()
    exp_month = models.PositiveSmallIntegerField()
    days_before = models.PositiveSmallIntegerField()
    announced_at = models.DateTimeField(
        null=True, blank=True, help_text="In the customer's time; empty where it was too late to tell."
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["payment_method", "exp_year", "exp_month", "days_before"],
                name="billing_expiry_notice_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.days_before} days before {self.exp_year}-{self.exp_month:02}"
