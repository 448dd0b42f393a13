"""How gateways know a customer, and what they keep to charge it with."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.accounts.models import Brand
from apps.core.public_ids import PublicIdField
from apps.customers.models import Customer
from apps.payments.enums import GatewayName, MethodKind, PaymentMethodStatus


class GatewayCustomer(models.Model):
    """How a gateway knows a customer."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    gateway = models.CharField(max_length=20, choices=GatewayName.choices)
    gateway_id = models.CharField(max_length=255)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["customer", "gateway"], name="payments_gatewaycustomer_once"),
            models.UniqueConstraint(
                fields=["gateway", "gateway_id"], name="payments_gatewaycustomer_id_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gateway}:{self.gateway_id}"


class PaymentMethod(models.Model):
    """A card (or other instrument) that the gateway keeps; only what a person may see stands here.

    `label` is what a customer knows an instrument by that has no number: the masked address of a PayPal
    account, or of UPI. The backup is charged when the default one is declined.
    """

    public_id = PublicIdField(prefix="pm")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    livemode = models.BooleanField(default=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    gateway = models.CharField(max_length=20, choices=GatewayName.choices)
    gateway_id = models.CharField(max_length=255)
    kind = models.CharField(max_length=10, choices=MethodKind.choices, default=MethodKind.CARD)
    label = models.CharField(max_length=100, blank=True)
    card_brand = models.CharField(max_length=20, blank=True)
    last4 = models.CharField(max_length=4, blank=True)
    exp_month = models.PositiveSmallIntegerField(null=True, blank=True)
    exp_year = models.PositiveSmallIntegerField(null=True, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    status = models.CharField(
        max_length=10, choices=PaymentMethodStatus.choices, default=PaymentMethodStatus.ACTIVE
    )
    is_default = models.BooleanField(default=False)
    is_backup = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["gateway", "gateway_id"], name="payments_method_id_once"),
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(is_default=True, status=PaymentMethodStatus.ACTIVE),
                name="payments_method_one_default",
            ),
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(is_backup=True, status=PaymentMethodStatus.ACTIVE),
                name="payments_method_one_backup",
            ),
            models.CheckConstraint(
                name="payments_method_default_is_no_backup", condition=~Q(is_default=True, is_backup=True)
            ),
            models.CheckConstraint(
                name="payments_method_kind_known", condition=Q(kind__in=MethodKind.values)
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["customer", "status"]),
            models.Index(
                fields=["exp_year", "exp_month"],
                condition=Q(status=PaymentMethodStatus.ACTIVE)
                & (Q(is_default=True) | Q(is_backup=True))
                & Q(exp_year__isnull=False, exp_month__isnull=False),
                name="payments_method_expiry",
            ),
        ]

    def __str__(self) -> str:
        if self.kind != MethodKind.CARD:
            return f"{self.get_kind_display()} {self.label}".strip()
        return f"{self.card_brand.title()} •••• {self.last4}"
