"""Rows that belong to no business noun: kept answers, counters and exchange rates."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from apps.core.enums import IdempotencyState


class IdempotencyRecord(models.Model):
    """What one Idempotency-Key led to: written in the same commit as the business change."""

    scope = models.CharField(max_length=80, help_text="Brand and mode that the key belongs to.")
    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64, help_text="SHA-256 of method, path and body.")
    method = models.CharField(max_length=6)
    path = models.CharField(max_length=500)
    state = models.CharField(max_length=10, choices=IdempotencyState.choices)
    object_type = models.CharField(max_length=40, blank=True)
    object_id = models.CharField(max_length=40, blank=True, help_text="Public id.")
    status_code = models.PositiveSmallIntegerField(null=True)
    response = models.JSONField(null=True)
    created_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["scope", "key"], name="core_idempotency_once"),
            models.CheckConstraint(
                name="core_idempotency_state_known",
                condition=models.Q(state__in=IdempotencyState.values),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["created_at"], name="core_idempotency_age")]

    def __str__(self) -> str:
        return f"{self.method} {self.path} ({self.key})"


class ExchangeRate(models.Model):
    """On ``date``, one unit of ``base`` bought ``rate`` units of ``quote``, says ``source``."""

    date = models.DateField()
    base = models.CharField(max_length=3)
    quote = models.CharField(max_length=3)
    rate = models.DecimalField(max_digits=24, decimal_places=12)
    source = models.CharField(max_length=60)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["base", "quote", "date"], name="core_rate_once_a_day"),
            models.CheckConstraint(name="core_rate_positive", condition=models.Q(rate__gt=0)),
            models.CheckConstraint(
                name="core_rate_two_currencies", condition=~models.Q(base=models.F("quote"))
            ),
        ]

    def __str__(self) -> str:
        return f"1 {self.base} = {self.rate} {self.quote} on {self.date}"


class CounterWindow(models.Model):
    """One counter of the PostgreSQL counter cache; forgotten after ``expires_at`` (null: kept)."""

    key = models.CharField(max_length=250, primary_key=True)
    value = models.BigIntegerField()
    expires_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="core_counter_expiry")]

    def __str__(self) -> str:
        return f"{self.key} = {self.value}"
