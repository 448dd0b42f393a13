"""A customer's wallets, and what is asked for to fill them."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from apps.accounts.models import Brand
from apps.core.public_ids import PublicIdField
from apps.customers.models import Customer
from apps.plans.enums import Interval
from apps.wallets.enums import TopUpReason, TopUpRule, TopUpStatus


class Wallet(models.Model):
    """Credit of one customer in one currency: grants, burnt in an order, and a rule that buys more.

    `balance_minor` (minor units) is what is left of its grants, always the sum of their movements and never
    below zero. Interval top-ups fall on `top_up_anchor_at` + n intervals in the customer's time zone; the
    monthly cap counts what the rule has asked for in a calendar month of that zone.
    """

    public_id = PublicIdField(prefix="wallet")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    livemode = models.BooleanField(default=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    name = models.CharField(max_length=120, blank=True)
    balance_minor = models.BigIntegerField(default=0)
    alert_thresholds = ArrayField(
        models.BigIntegerField(validators=[MinValueValidator(1)]),
        default=list,
        blank=True,
        help_text="Minor units; an event tells when the balance falls below one.",
    )
    top_up_rule = models.CharField(max_length=10, choices=TopUpRule.choices, default=TopUpRule.NONE)
    top_up_amount_minor = models.BigIntegerField(null=True, blank=True)
    top_up_threshold_minor = models.BigIntegerField(null=True, blank=True)
    top_up_interval = models.CharField(max_length=10, choices=Interval.choices, blank=True)
    top_up_interval_count = models.PositiveSmallIntegerField(
        default=1, help_text="Such as 2 with a week: every two weeks."
    )
    top_up_anchor_at = models.DateTimeField(null=True, blank=True)
    top_up_monthly_cap_minor = models.BigIntegerField(
        null=True, blank=True, help_text="The most that the rule asks for in a month; empty is no cap."
    )
    next_top_up_at = models.DateTimeField(null=True, blank=True)
    top_up_paused_at = models.DateTimeField(
        null=True, blank=True, help_text="Since a top-up failed; setting the rule anew ends it."
    )
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="wallets_wallet_never_negative", condition=Q(balance_minor__gte=0)),
            models.CheckConstraint(
                name="wallets_wallet_rule_whole",
                condition=Q(top_up_rule=TopUpRule.NONE)
                | Q(top_up_rule=TopUpRule.THRESHOLD, top_up_amount_minor__gt=0, top_up_threshold_minor__gt=0)
                | Q(
                    top_up_rule=TopUpRule.INTERVAL,
                    top_up_amount_minor__gt=0,
                    top_up_interval__in=Interval.values,
                    top_up_interval_count__gte=1,
                    top_up_anchor_at__isnull=False,
                ),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["customer", "currency", "id"], name="wallets_wallet_of_customer"),
            models.Index(
                fields=["next_top_up_at", "id"],
                condition=Q(next_top_up_at__isnull=False),
                name="wallets_wallet_top_up_due",
            ),
        ]

    def __str__(self) -> str:
        return self.name or f"{self.currency} wallet of {self.customer_id}"


class TopUpIntent(models.Model):
    """Credit that is to be bought for a wallet, in minor units of its currency; one is open at a time.

    Whoever bills it makes the invoice and, once that is paid, fulfils the intent: the wallet gets its grant.
    """

    public_id = PublicIdField(prefix="topup")
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="top_ups")
    reason = models.CharField(max_length=10, choices=TopUpReason.choices)
    status = models.CharField(max_length=10, choices=TopUpStatus.choices, default=TopUpStatus.OPEN)
    amount_minor = models.BigIntegerField()
    grant = models.OneToOneField(
        "wallets.CreditGrant", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reference_type = models.CharField(max_length=40, blank=True)
    reference_id = models.CharField(max_length=40, blank=True, help_text="Public id of what bills it.")
    failure = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["wallet"], condition=Q(status=TopUpStatus.OPEN), name="wallets_topup_one_open"
            ),
            models.CheckConstraint(name="wallets_topup_above_zero", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="wallets_topup_status_known", condition=Q(status__in=TopUpStatus.values)
            ),
            models.CheckConstraint(
                name="wallets_topup_fulfilled_has_grant",
                condition=Q(status=TopUpStatus.FULFILLED, grant__isnull=False)
                | Q(~Q(status=TopUpStatus.FULFILLED), grant__isnull=True),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["wallet", "created_at"], name="wallets_topup_of_wallet"),
            models.Index(fields=["reference_type", "reference_id"], name="wallets_topup_reference"),
        ]

    def __str__(self) -> str:
        return f"Top-up of {self.amount_minor}, {self.get_status_display().lower()}"
