"""Who buys: customers, the people who act for them, their clocks and their consents."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.accounts.models import Brand
from apps.core.public_ids import PublicIdField
from apps.customers.enums import ConsentKind, MemberRole, TestClockStatus


class TestClock(models.Model):
    """A clock that is moved by hand: its customers bill in its time until it is released."""

    public_id = PublicIdField(prefix="clock")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    livemode = models.BooleanField(default=False)
    name = models.CharField(max_length=120, blank=True)
    status = models.CharField(max_length=10, choices=TestClockStatus.choices, default=TestClockStatus.READY)
    now_at = models.DateTimeField(help_text="What time it is for the customers of this clock.")
    target_at = models.DateTimeField(null=True, blank=True)
    failure = models.TextField(blank=True)
    created_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="customers_testclock_status_known",
                condition=models.Q(status__in=TestClockStatus.values),
            ),
            models.CheckConstraint(name="customers_testclock_never_live", condition=models.Q(livemode=False)),
        ]

    def __str__(self) -> str:
        return self.name or self.public_id


class Customer(models.Model):
    """A person or company that buys from a brand; everything money-related hangs on it."""

    public_id = PublicIdField(prefix="cus")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    livemode = models.BooleanField(default=False)
    external_id = models.CharField(  # noqa: DJ001 - unique where given, so absent is NULL
        max_length=255, null=True, blank=True, help_text="The integrator's own id."
    )
    name = models.CharField(max_length=200)
    email = models.EmailField(help_text="Invoices and billing mails go here.")
    extra_recipients = ArrayField(models.EmailField(), default=list, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    currency = models.CharField(
        max_length=3, help_text="Only a default: each subscription and invoice has its own."
    )
    country = models.CharField(max_length=2, blank=True)
    address_lines = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=100, blank=True)
    region = models.CharField(max_length=100, blank=True)
    tax_id = models.CharField(max_length=40, blank=True)
    tax_exempt = models.BooleanField(default=False, db_default=False)
    tax_exempt_reason = models.CharField(
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text="The certificate or the rule; printed on invoices.",
    )
    po_number = models.CharField("PO number", max_length=60, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    locale = models.CharField(max_length=10, default="en")
    net_terms_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Empty means the brand's."
    )
    invoice_grace_hours = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="How long an invoice of usage stays a draft; empty means the brand's.",
    )
    billing_day = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="Day of the month for plans aligned to one; empty is the day of the first start.",
    )
    test_clock = models.ForeignKey(
        TestClock, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    metadata = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["brand", "livemode", "external_id"],
                name="customers_customer_external_id_once",
            ),
            models.CheckConstraint(
                name="customers_customer_billing_day_in_month",
                condition=models.Q(billing_day=None) | models.Q(billing_day__gte=1, billing_day__lte=31),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["brand", "livemode", "created_at", "id"]),
            models.Index(fields=["brand", "livemode", "email"]),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def postal_lines(self) -> list[str]:
        """The address as printed, without the name; empty parts are left out."""
        place = " ".join(part for part in (self.postal_code, self.city) if part)
        return [line for line in (*self.address_lines, place, self.region, self.country) if line]


class Member(models.Model):
    """A user who may act for a customer, in one role."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=10, choices=MemberRole.choices, default=MemberRole.VIEWER)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["customer", "user"], name="customers_member_once"),
            models.CheckConstraint(
                name="customers_member_role_known",
                condition=models.Q(role__in=MemberRole.values),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} as {self.role} of {self.customer_id}"


class Invitation(models.Model):
    """An open offer, sent by e-mail, to become a member of a customer."""

    public_id = PublicIdField(prefix="invite")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=10, choices=MemberRole.choices)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["customer", "email"],
                condition=models.Q(accepted_at=None, withdrawn_at=None),
                name="customers_invitation_one_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} as {self.role}"


class Consent(models.Model):
    """What a customer agreed to, word for word; append-only."""

    public_id = PublicIdField(prefix="consent")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="consents")
    kind = models.CharField(max_length=30, choices=ConsentKind.choices)
    text = models.TextField()
    text_sha256 = models.CharField(max_length=64)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    ip_address = models.GenericIPAddressField(null=True, blank=True)
    subject = models.CharField(max_length=40, blank=True, help_text="Public id of what it is about.")
    given_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["customer", "kind", "given_at"])]

    def __str__(self) -> str:
        return f"{self.kind} by {self.customer_id}"
