"""Money coming in: payment methods, attempts to charge, and the inbox of gateway events."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.accounts.models import Brand
from apps.core.public_ids import PublicIdField
from apps.customers.models import Customer
from apps.invoices.models import Invoice
from apps.payments.enums import (
    OPEN_STATUSES,
    DeclineKind,
    GatewayName,
    PaymentMethodStatus,
    PaymentStatus,
    ReceiptMethod,
)


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
    """A card (or other instrument) that the gateway keeps; only what a person may see stands here."""

    public_id = PublicIdField(prefix="pm")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    livemode = models.BooleanField(default=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    gateway = models.CharField(max_length=20, choices=GatewayName.choices)
    gateway_id = models.CharField(max_length=255)
    card_brand = models.CharField(max_length=20, blank=True)
    last4 = models.CharField(max_length=4, blank=True)
    exp_month = models.PositiveSmallIntegerField(null=True, blank=True)
    exp_year = models.PositiveSmallIntegerField(null=True, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    status = models.CharField(
        max_length=10, choices=PaymentMethodStatus.choices, default=PaymentMethodStatus.ACTIVE
    )
    is_default = models.BooleanField(default=False)
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
        ]
        indexes: ClassVar = [models.Index(fields=["customer", "status"])]

    def __str__(self) -> str:
        return f"{self.card_brand.title()} •••• {self.last4}"


class Payment(models.Model):
    """One attempt to collect an invoice: committed with its key before the gateway is called.

    The key carries the attempt's number, because a gateway replays a decline too. At most one
    attempt of an invoice is open at a time; that, not the key, is what prevents a double charge.
    """

    public_id = PublicIdField(prefix="pay")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    livemode = models.BooleanField(default=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="+")
    payment_method = models.ForeignKey(
        PaymentMethod, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    gateway = models.CharField(max_length=20, choices=GatewayName.choices)
    attempt = models.PositiveSmallIntegerField()
    idempotency_key = models.CharField(max_length=120, unique=True)
    # Null, not empty, until the gateway has answered: it is unique.
    gateway_id = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    is_off_session = models.BooleanField(default=True)
    status = models.CharField(max_length=16, choices=PaymentStatus.choices, default=PaymentStatus.SENDING)
    decline_kind = models.CharField(max_length=16, choices=DeclineKind.choices, blank=True)
    error_code = models.CharField(max_length=80, blank=True)
    decline_code = models.CharField(max_length=80, blank=True)
    failure_message = models.TextField(blank=True)
    check_at = models.DateTimeField(
        null=True, blank=True, help_text="When to ask the gateway what became of it (real time)."
    )
    checks = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(help_text="In the customer's time.")
    sent_at = models.DateTimeField(help_text="In real time: a gateway forgets keys after a day.")
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["invoice"],
                condition=Q(status__in=[status.value for status in OPEN_STATUSES]),
                name="payments_payment_one_open",
            ),
            models.UniqueConstraint(
                fields=["gateway", "gateway_id"], name="payments_payment_gateway_id_once"
            ),
            models.UniqueConstraint(fields=["invoice", "attempt"], name="payments_payment_attempt_once"),
            models.CheckConstraint(
                name="payments_payment_status_known", condition=Q(status__in=PaymentStatus.values)
            ),
            models.CheckConstraint(name="payments_payment_positive", condition=Q(amount_minor__gt=0)),
        ]
        indexes: ClassVar = [
            models.Index(fields=["check_at"], condition=Q(check_at__isnull=False), name="payments_to_check"),
            models.Index(fields=["customer", "created_at"]),
            models.Index(fields=["brand", "livemode", "created_at", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} ({self.status})"


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


class GatewayEvent(models.Model):
    """A message from a gateway, stored once before anything is done about it."""

    gateway = models.CharField(max_length=20, choices=GatewayName.choices)
    event_id = models.CharField(max_length=255)
    type = models.CharField(max_length=120)
    livemode = models.BooleanField()
    object_id = models.CharField(max_length=255, blank=True)
    payload = models.JSONField()
    received_at = models.DateTimeField()
    processed_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["gateway", "event_id"], name="payments_gatewayevent_once")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_try_at"],
                condition=Q(processed_at=None),
                name="payments_inbox_waiting",
            )
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"


class WebhookSecret(models.Model):
    """What a gateway signs the messages to one address with; encrypted, and never shown again."""

    gateway = models.CharField(max_length=20, choices=GatewayName.choices)
    endpoint_id = models.CharField(max_length=255, help_text="The gateway's id of the registration.")
    url = models.URLField(max_length=500)
    secret_encrypted = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["gateway", "url"], name="payments_webhooksecret_once")
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.url}"
