"""A gateway's account with us as the gateway tells it, and the bank's statement behind it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.accounts.models import Brand
from apps.core.public_ids import PublicIdField
from apps.payments.enums import BankLineStatus, GatewayName, MovementKind, PayoutStatus
from apps.payments.models.received import ReceivedPayment


class GatewayMovement(models.Model):
    """One line of a gateway's account, kept once. Minor units of `currency`; money out is negative.

    `matched_type` and `matched_id` name what of ours it is, once that is known; its brand and mode come from
    there, because one account of a gateway serves every brand.
    """

    public_id = PublicIdField(prefix="gmv")
    gateway = models.CharField(max_length=20, choices=GatewayName.choices)
    gateway_id = models.CharField(max_length=255)
    kind = models.CharField(max_length=20, choices=MovementKind.choices)
    gross_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    source_ref = models.CharField(max_length=255, blank=True)
    related_refs = models.JSONField(default=list, blank=True)
    payout_ref = models.CharField(max_length=255, blank=True)
    description = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(help_text="In real time, as the gateway says.")
    available_at = models.DateTimeField(null=True, blank=True)
    brand = models.ForeignKey(Brand, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    livemode = models.BooleanField(default=False)
    matched_type = models.CharField(max_length=40, blank=True)
    matched_id = models.CharField(max_length=40, blank=True)
    matched_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["gateway", "gateway_id"], name="payments_movement_once"),
            models.CheckConstraint(
                name="payments_movement_kind_known", condition=Q(kind__in=MovementKind.values)
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["gateway", "created_at"],
                condition=Q(matched_at=None),
                name="payments_movement_unmatched",
            ),
            models.Index(fields=["gateway", "payout_ref"], name="payments_movement_payout"),
            models.Index(fields=["matched_type", "matched_id"], name="payments_movement_match"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.gateway_id}"

    @property
    def net_minor(self) -> int:
        return self.gross_minor - self.fee_minor


class GatewayPayout(models.Model):
    """Money that a gateway sent to the bank, in minor units of `currency`.

    Booked once all that it consists of is matched.
    """

    public_id = PublicIdField(prefix="gpo")
    gateway = models.CharField(max_length=20, choices=GatewayName.choices)
    gateway_id = models.CharField(max_length=255)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=10, choices=PayoutStatus.choices)
    created_at = models.DateTimeField(help_text="In real time, as the gateway says.")
    arrives_on = models.DateField(null=True, blank=True)
    booked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["gateway", "gateway_id"], name="payments_payout_once"),
            models.CheckConstraint(
                name="payments_payout_status_known", condition=Q(status__in=PayoutStatus.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_gateway_display()} {self.gateway_id}"


class BankStatementLine(models.Model):
    """A line of a brand's bank statement, imported once; `amount_minor` is negative for money that left.

    `entry_key` is the bank's own id of the entry, or a digest of the line and how often it has come before.
    """

    public_id = PublicIdField(prefix="bsl")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    livemode = models.BooleanField(default=False)
    entry_key = models.CharField(max_length=140)
    booked_on = models.DateField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reference = models.CharField(max_length=500, blank=True)
    counterparty = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=10, choices=BankLineStatus.choices, default=BankLineStatus.UNMATCHED)
    received_payment = models.ForeignKey(
        ReceivedPayment, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    payout = models.OneToOneField(
        GatewayPayout, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    imported_at = models.DateTimeField()
    matched_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "livemode", "entry_key"], name="payments_bankline_once"),
            models.CheckConstraint(
                name="payments_bankline_status_known", condition=Q(status__in=BankLineStatus.values)
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["brand", "livemode", "booked_on", "id"], name="payments_bankline_list")
        ]

    def __str__(self) -> str:
        return f"{self.booked_on} {self.reference}"


class ReconciliationRun(models.Model):
    """One comparison of a gateway's account with the books, and what it found, by currency in `totals`."""

    gateway = models.CharField(max_length=20, choices=GatewayName.choices)
    since = models.DateTimeField()
    until = models.DateTimeField()
    totals = models.JSONField(default=dict)
    unmatched = models.PositiveIntegerField(default=0)
    missing = models.PositiveIntegerField(default=0)
    is_clean = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["gateway", "until"], name="payments_reconciliation_last")]

    def __str__(self) -> str:
        return f"{self.get_gateway_display()} {self.until:%Y-%m-%d %H:%M}"
