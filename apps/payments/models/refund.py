"""Money that goes back through the gateway that took it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from apps.accounts.models import Brand
from apps.core.public_ids import PublicIdField
from apps.customers.models import Customer
from apps.invoices.models import CreditNote
from apps.payments.enums import GatewayName, RefundReason, RefundStatus
from apps.payments.models.payment import Payment


class Refund(models.Model):
    """Part or all of a payment on its way back: committed with its key before the gateway is called.

    `amount_minor` is in minor units of `currency`, the payment's. While it is not refused, rejected or failed
    it counts in the payment's `returned_minor`. Above a brand's limit a second person approves it first.
    `credit_note` is the document that it pays out, where there is one; `from_balance_minor` is the part that
    was taken from the customer's balance, where the payment had brought more than its invoice owed.
    """

    public_id = PublicIdField(prefix="ref")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    livemode = models.BooleanField(default=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    credit_note = models.ForeignKey(
        CreditNote, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    gateway = models.CharField(max_length=20, choices=GatewayName.choices)
    idempotency_key = models.CharField(max_length=120, unique=True)
    # Null, not empty, until the gateway has answered: it is unique.
    gateway_id = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001
    amount_minor = models.BigIntegerField()
    from_balance_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=24, choices=RefundReason.choices)
    note = models.CharField(max_length=500, blank=True, help_text="For staff.")
    status = models.CharField(max_length=20, choices=RefundStatus.choices)
    requested_by = models.CharField(max_length=200, help_text="Who asked for it, as the audit names them.")
    decided_by = models.CharField(max_length=200, blank=True, help_text="Who approved or rejected it.")
    error_code = models.CharField(max_length=80, blank=True)
    failure_message = models.TextField(blank=True)
    check_at = models.DateTimeField(
        null=True, blank=True, help_text="When to ask the gateway what became of it (real time)."
    )
    checks = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(help_text="In the customer's time.")
    sent_at = models.DateTimeField(null=True, blank=True, help_text="In real time.")
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["gateway", "gateway_id"], name="payments_refund_gateway_id_once"),
            models.CheckConstraint(name="payments_refund_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="payments_refund_part_of_balance",
                condition=Q(from_balance_minor__gte=0, from_balance_minor__lte=F("amount_minor")),
            ),
            models.CheckConstraint(
                name="payments_refund_status_known", condition=Q(status__in=RefundStatus.values)
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["check_at"], condition=Q(check_at__isnull=False), name="payments_refund_to_check"
            ),
            models.Index(fields=["brand", "livemode", "created_at", "id"], name="payments_refund_list"),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} ({self.status})"
