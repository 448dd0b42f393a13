"""Append-only double entry. Ids of other apps are typed values, no foreign keys: the books outlive rows."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from apps.core.public_ids import PublicIdField
from apps.ledger.enums import AccountKind


class Account(models.Model):
    """One account of the chart in the books of one brand, mode and currency."""

    brand_id = models.BigIntegerField()
    livemode = models.BooleanField()
    code = models.CharField(max_length=40)
    kind = models.CharField(max_length=10, choices=AccountKind.choices)
    currency = models.CharField(max_length=3)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["brand_id", "livemode", "code", "currency"], name="ledger_account_once"
            ),
            models.CheckConstraint(
                name="ledger_account_kind_known",
                condition=models.Q(kind__in=AccountKind.values),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.currency}"


class Transaction(models.Model):
    """Why money moved, once: its entries sum to zero in each currency, and neither it nor they ever change.

    ``key`` makes posting repeatable. ``at`` is the effective instant, ``recorded_at`` when it was written.
    ``leg_count`` is how many entries it has: the database refuses an entry that comes later.
    """

    public_id = PublicIdField(prefix="ltx")
    brand_id = models.BigIntegerField()
    livemode = models.BooleanField()
    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=40, help_text="Such as invoice_issued or payment_captured.")
    reference_type = models.CharField(max_length=40)
    reference_id = models.CharField(max_length=40, help_text="Public id of what caused it.")
    customer_id = models.BigIntegerField(null=True)
    leg_count = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand_id", "livemode", "key"], name="ledger_transaction_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["brand_id", "livemode", "at"], name="ledger_transaction_time"),
            models.Index(fields=["reference_type", "reference_id"], name="ledger_transaction_reference"),
            models.Index(fields=["customer_id", "at"], name="ledger_transaction_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference_id}"


class Entry(models.Model):
    """One leg of a transaction, in minor units: a debit is positive, a credit negative, zero is refused."""

    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="entries")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="entries")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    class Meta:
        verbose_name_plural = "entries"
        constraints: ClassVar = [
            models.CheckConstraint(name="ledger_entry_not_zero", condition=~models.Q(amount_minor=0))
        ]

    def __str__(self) -> str:
        return f"{self.account_id}: {self.amount_minor} {self.currency}"
