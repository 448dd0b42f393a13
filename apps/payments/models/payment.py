"""An attempt to collect an invoice through a gateway."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from apps.accounts.models import Brand
from apps.core.public_ids import PublicIdField
from apps.customers.models import Customer
from apps.invoices.models import Invoice
from apps.payments.enums import OPEN_STATUSES, DeclineKind, GatewayName, PaymentStatus
from apps.payments.models.method import PaymentMethod


class Payment(models.Model):
    """One attempt to collect an invoice: committed with its key before the gateway is called.

    The key carries the attempt's number, because a gateway replays a decline too. At most one
    attempt of an invoice is open at a time; that, not the key, is what prevents a double charge.

    `capture_id` is the gateway's id of the money itself where it differs from the attempt's (PayPal's
    capture, Stripe's charge): refunds, disputes and balance entries name it. `returned_minor` is what refunds
    under way or done, and disputes that were lost, take of the amount: never more than that.
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
    capture_id = models.CharField(max_length=255, blank=True)
    amount_minor = models.BigIntegerField()
    returned_minor = models.BigIntegerField(default=0)
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
            models.CheckConstraint(
                name="payments_payment_returns_no_more_than_it_took",
                condition=Q(returned_minor__gte=0, returned_minor__lte=F("amount_minor")),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["check_at"], condition=Q(check_at__isnull=False), name="payments_to_check"),
            models.Index(fields=["customer", "created_at"]),
            models.Index(
                fields=["gateway", "capture_id"], condition=~Q(capture_id=""), name="payments_by_capture"
            ),
            models.Index(fields=["brand", "livemode", "created_at", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} ({self.status})"

    @property
    def refundable_minor(self) -> int:
        """What is left to be given back: nothing before the money came."""
        return self.amount_minor - self.returned_minor if self.status == PaymentStatus.SUCCEEDED else 0
