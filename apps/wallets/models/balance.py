"""What a customer holds with a brand: one balance per currency, and every movement of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from apps.accounts.models import Brand
from apps.core.public_ids import PublicIdField
from apps.customers.models import Customer
from apps.wallets.enums import CREDITS, DEBITS, MovementKind


class CustomerBalance(models.Model):
    """What a brand owes one customer in one currency, in minor units: never below zero.

    The only home of negative money: credit notes, negative totals, overpayments. It moves only together with
    a `BalanceMovement`.
    """

    public_id = PublicIdField(prefix="bal")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    livemode = models.BooleanField(default=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    balance_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["customer", "currency", "brand", "livemode"], name="wallets_balance_once"
            ),
            models.CheckConstraint(name="wallets_balance_never_negative", condition=Q(balance_minor__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.currency} balance of {self.customer_id}"


class BalanceMovement(models.Model):
    """One change of a balance, in minor units: a credit is positive, a debit negative. Append-only.

    `balance_after_minor` is the balance once it was made: the database refuses another value. `key` makes a
    movement repeatable; `at` is the effective instant (the customer's time).
    """

    public_id = PublicIdField(prefix="bm")
    balance = models.ForeignKey(CustomerBalance, on_delete=models.PROTECT, related_name="movements")
    kind = models.CharField(max_length=20, choices=MovementKind.choices)
    amount_minor = models.BigIntegerField()
    balance_after_minor = models.BigIntegerField()
    reference_type = models.CharField(max_length=40)
    reference_id = models.CharField(max_length=40, help_text="Public id of what caused it.")
    key = models.CharField(max_length=120, unique=True)
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="wallets_movement_sign_of_kind",
                condition=Q(kind__in=CREDITS, amount_minor__gt=0) | Q(kind__in=DEBITS, amount_minor__lt=0),
            ),
            models.CheckConstraint(
                name="wallets_movement_after_never_negative",
                condition=Q(balance_after_minor__gte=0) & Q(balance_after_minor__gte=F("amount_minor")),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["balance", "id"], name="wallets_movement_of_balance"),
            models.Index(fields=["reference_type", "reference_id"], name="wallets_movement_reference"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount_minor}"
