"""Money that a customer's bank takes back."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.accounts.models import Brand
from apps.core.public_ids import PublicIdField
from apps.customers.models import Customer
from apps.payments.enums import DisputeStatus, GatewayName
from apps.payments.models.payment import Payment


class Dispute(models.Model):
    """A payment that the payer's bank disputes, as the gateway tells it.

    Amounts are minor units of `currency`; `fee_minor` is what the gateway keeps for it. While it is open and
    when it is lost the amount is withdrawn from the gateway's balance, and counts in the payment's
    `returned_minor` with `counted_minor`, which is less where refunds had returned a part already.
    """

    public_id = PublicIdField(prefix="dsp")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    livemode = models.BooleanField(default=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes")
    gateway = models.CharField(max_length=20, choices=GatewayName.choices)
    gateway_id = models.CharField(max_length=255)
    amount_minor = models.BigIntegerField()
    counted_minor = models.BigIntegerField(default=0)
    fee_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=80, blank=True)
    status = models.CharField(max_length=16, choices=DisputeStatus.choices)
    evidence_due_at = models.DateTimeField(null=True, blank=True)
    evidence = models.JSONField(default=dict, blank=True, help_text="What staff have written, by field.")
    evidence_sent_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(help_text="In the customer's time.")
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["gateway", "gateway_id"], name="payments_dispute_once"),
            models.CheckConstraint(name="payments_dispute_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="payments_dispute_status_known", condition=Q(status__in=DisputeStatus.values)
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["brand", "livemode", "opened_at", "id"], name="payments_dispute_list")
        ]

    def __str__(self) -> str:
        return f"{self.public_id} ({self.status})"
