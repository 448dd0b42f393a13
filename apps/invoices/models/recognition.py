from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from apps.accounts.models import Brand
from apps.customers.models import Customer
from apps.invoices.enums import RecognitionKind
from apps.invoices.models.line import InvoiceLine


class RecognitionSchedule(models.Model):
    """How a line that was billed before its service period was over is earned, day by day.

    amount = deferred + recognised + credited, in minor units of `currency`; `amount_minor` is the line's net
    when it was booked. What is not recognised at `spread_from` (a local day of `time_zone`, the brand's) is
    earned in equal parts over the days of [spread_from, spread_to); a credit begins the spreading anew.
    `next_at` (UTC) is when the next day is over; null once nothing is deferred.
    """

    line = models.OneToOneField(InvoiceLine, on_delete=models.PROTECT, related_name="recognition")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    livemode = models.BooleanField()
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    time_zone = models.CharField(max_length=64)
    starts_at = models.DateTimeField(help_text="Of the service period, half-open.")
    ends_at = models.DateTimeField()
    booked_at = models.DateTimeField()
    amount_minor = models.BigIntegerField()
    recognized_minor = models.BigIntegerField(default=0)
    credited_minor = models.BigIntegerField(default=0, help_text="Given back, or voided.")
    spread_from = models.DateField()
    spread_to = models.DateField()
    spread_base_minor = models.BigIntegerField(default=0, help_text="Recognised when the spreading began.")
    next_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="invoices_recognition_never_beyond",
                condition=(
                    Q(amount_minor__gte=0) & Q(amount_minor__gte=F("recognized_minor") + F("credited_minor"))
                )
                | (Q(amount_minor__lt=0) & Q(amount_minor__lte=F("recognized_minor") + F("credited_minor"))),
            ),
            models.CheckConstraint(
                name="invoices_recognition_days", condition=Q(spread_to__gt=F("spread_from"))
            ),
            models.CheckConstraint(
                name="invoices_recognition_closed_when_nothing_is_deferred",
                condition=Q(amount_minor=F("recognized_minor") + F("credited_minor"), next_at=None)
                | (~Q(amount_minor=F("recognized_minor") + F("credited_minor")) & Q(next_at__isnull=False)),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_at"], condition=Q(next_at__isnull=False), name="invoices_recognition_next"
            ),
            models.Index(
                fields=["customer", "next_at"],
                condition=Q(next_at__isnull=False),
                name="invoices_recognition_customer",
            ),
            models.Index(
                fields=["brand", "livemode", "currency", "booked_at"], name="invoices_recognition_books"
            ),
        ]

    def __str__(self) -> str:
        return f"line {self.line_id}: {self.amount_minor} {self.currency}"

    @property
    def deferred_minor(self) -> int:
        """What is still to be earned, in minor units."""
        return self.amount_minor - self.recognized_minor - self.credited_minor


class RecognitionMovement(models.Model):
    """One change of a schedule, append-only: by how much what is recognised and credited grew.

    Deferred revenue fell by the sum of both. `source` is what caused it: a run (the id of its ledger
    transaction's reference), a credit note, or an invoice. `at` is the effective instant of the booking.
    """

    schedule = models.ForeignKey(RecognitionSchedule, on_delete=models.PROTECT, related_name="movements")
    kind = models.CharField(max_length=10, choices=RecognitionKind.choices)
    recognized_minor = models.BigIntegerField()
    credited_minor = models.BigIntegerField()
    source_type = models.CharField(max_length=20)
    source_id = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["schedule", "source_type", "source_id", "kind"],
                name="invoices_recognition_moved_once",
            ),
            models.CheckConstraint(
                name="invoices_recognition_kind_known", condition=Q(kind__in=RecognitionKind.values)
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["source_type", "source_id"], name="invoices_recognition_source"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.recognized_minor}"
