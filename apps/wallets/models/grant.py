"""Credit grants and every movement of them."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from apps.core.public_ids import PublicIdField
from apps.wallets.enums import (
    GRANT_CREDITS,
    GRANT_DEBITS,
    GrantKind,
    GrantMovementKind,
    GrantSource,
    Rollover,
)
from apps.wallets.models.wallet import Wallet

LOWEST_PRIORITY = 50
DEFAULT_PRIORITY = 25


class CreditGrant(models.Model):
    """An amount, in minor units of its wallet's currency, that can be spent in [effective_at, expires_at).

    Grants burn by the lower priority number, then the earlier expiry (none comes last), then the older one.
    A scope limits it to lines of these plans and of these meters; an empty list is no limit. Its terms never
    change: only what remains does, together with a `GrantMovement`, and whether it was voided.
    """

    public_id = PublicIdField(prefix="grant")
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="grants")
    kind = models.CharField(max_length=12, choices=GrantKind.choices)
    source = models.CharField(max_length=12, choices=GrantSource.choices)
    name = models.CharField(max_length=120, help_text="What the customer reads.")
    amount_minor = models.BigIntegerField()
    remaining_minor = models.BigIntegerField(default=0)
    priority = models.PositiveSmallIntegerField(
        default=DEFAULT_PRIORITY, help_text="1 to 50; the lower number burns first."
    )
    effective_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Empty: never.")
    plan_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    meter_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    rollover = models.CharField(max_length=10, choices=Rollover.choices, default=Rollover.NONE)
    rollover_percent = models.PositiveSmallIntegerField(
        default=100, help_text="How much of the amount may go on, at most; the rest expires."
    )
    rolled_from = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reference_type = models.CharField(max_length=40)
    reference_id = models.CharField(max_length=40, help_text="Public id of what caused it.")
    key = models.CharField(max_length=120, unique=True)
    created_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="wallets_grant_remaining_within_amount",
                condition=Q(remaining_minor__gte=0, amount_minor__gt=0)
                & Q(remaining_minor__lte=F("amount_minor")),
            ),
            models.CheckConstraint(
                name="wallets_grant_kind_known",
                condition=Q(kind__in=GrantKind.values, source__in=GrantSource.values),
            ),
            models.CheckConstraint(
                name="wallets_grant_priority_in_range",
                condition=Q(priority__gte=1, priority__lte=LOWEST_PRIORITY),
            ),
            models.CheckConstraint(
                name="wallets_grant_expires_after_begin",
                condition=Q(expires_at=None) | Q(expires_at__gt=F("effective_at")),
            ),
            models.CheckConstraint(
                name="wallets_grant_rollover_needs_expiry",
                condition=Q(rollover=Rollover.NONE)
                | Q(
                    rollover__in=Rollover.values,
                    expires_at__isnull=False,
                    rollover_percent__gte=1,
                    rollover_percent__lte=100,
                ),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["wallet", "id"], name="wallets_grant_of_wallet"),
            models.Index(
                fields=["wallet", "kind"], condition=Q(remaining_minor__gt=0), name="wallets_grant_with_rest"
            ),
            models.Index(
                fields=["expires_at", "id"],
                condition=Q(remaining_minor__gt=0, expires_at__isnull=False),
                name="wallets_grant_expiry_due",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def has_ended(self, at: datetime) -> bool:
        """Whether it is worth nothing any more at an instant: voided, or expired."""
        return self.voided_at is not None or (self.expires_at is not None and self.expires_at <= at)


class GrantMovement(models.Model):
    """One change of a grant, in minor units: a credit is positive, a debit negative. Append-only.

    Both after-values are those before plus the amount: the database refuses others. `key` makes a movement
    repeatable; `at` is the effective instant (the customer's time).
    """

    public_id = PublicIdField(prefix="gmv")
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="movements")
    grant = models.ForeignKey(CreditGrant, on_delete=models.PROTECT, related_name="movements")
    kind = models.CharField(max_length=12, choices=GrantMovementKind.choices)
    amount_minor = models.BigIntegerField()
    remaining_after_minor = models.BigIntegerField()
    wallet_after_minor = models.BigIntegerField()
    reference_type = models.CharField(max_length=40)
    reference_id = models.CharField(max_length=40, help_text="Public id of what caused it.")
    key = models.CharField(max_length=160, unique=True)
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="wallets_grantmovement_sign_of_kind",
                condition=Q(kind__in=GRANT_CREDITS, amount_minor__gt=0)
                | Q(kind__in=GRANT_DEBITS, amount_minor__lt=0),
            ),
            models.CheckConstraint(
                name="wallets_grantmovement_after_never_negative",
                condition=Q(remaining_after_minor__gte=0, wallet_after_minor__gte=0),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["wallet", "id"], name="wallets_gmovement_of_wallet"),
            models.Index(fields=["grant", "id"], name="wallets_gmovement_of_grant"),
            models.Index(fields=["reference_type", "reference_id"], name="wallets_gmovement_reference"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount_minor}"
