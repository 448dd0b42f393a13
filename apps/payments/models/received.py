"""Money that came without a gateway."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.accounts.models import Brand
from apps.core.public_ids import PublicIdField
from apps.customers.models import Customer
from apps.invoices.models import Invoice
from apps.payments.enums import ReceiptMethod


class ReceivedPayment(models.Model):
    """Money that came without a gateway and was written down by staff: it pays one invoice or several.

    Amounts are minor units. What its parts leave of it went to the customer's balance.
    """

    public_id = PublicIdField(prefix="rcv")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    livemode = models.BooleanField(default=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    method = models.CharField(max_length=16, choices=ReceiptMethod.choices)
    reference = models.CharField(max_length=140, help_text="Such as the bank's reference: one is kept once.")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    received_at = models.DateTimeField(help_text="In the customer's time.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["customer", "method", "reference"], name="payments_received_reference_once"
            ),
            models.CheckConstraint(name="payments_received_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="payments_received_method_known", condition=Q(method__in=ReceiptMethod.values)
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["brand", "livemode", "received_at", "id"])]

    def __str__(self) -> str:
        return f"{self.get_method_display()} {self.reference}"


class ReceivedPaymentPart(models.Model):
    """What a received payment paid of one invoice, in minor units of its currency."""

    payment = models.ForeignKey(ReceivedPayment, on_delete=models.PROTECT, related_name="parts")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["payment", "invoice"], name="payments_received_part_once"),
            models.CheckConstraint(name="payments_received_part_positive", condition=Q(amount_minor__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} of {self.payment_id}"
