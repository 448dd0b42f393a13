"""What was told to whom: every mail with its text, its cause and its fate."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.accounts.models import Brand
from apps.core.public_ids import PublicIdField
from apps.customers.models import Customer
from apps.notifications.enums import MailKind, MailStatus


class Mail(models.Model):
    """One e-mail to one recipient about one cause; the key makes it at most once.

    A resend by staff is a row of its own, with the original in `resend_of`.
    """

    public_id = PublicIdField(prefix="mail")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    livemode = models.BooleanField(default=False)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=30, choices=MailKind.choices)
    key = models.CharField(
        max_length=200, unique=True, help_text="kind : cause : recipient (and the resend's number)."
    )
    cause_id = models.CharField(max_length=40, help_text="Public id of the event that caused it.")
    subject_id = models.CharField(max_length=40, help_text="Public id of what it is about.")
    recipient = models.EmailField()
    subject_line = models.CharField(max_length=200)
    text_body = models.TextField()
    html_body = models.TextField(blank=True)
    attachment_kind = models.CharField(
        max_length=12, blank=True, help_text="invoice, receipt or credit_note: the PDF that goes with it."
    )
    status = models.CharField(max_length=10, choices=MailStatus.choices, default=MailStatus.QUEUED)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    resend_of = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(help_text="In the customer's time.")
    queued_at = models.DateTimeField(help_text="In real time.")
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="notifications_mail_status_known", condition=Q(status__in=MailStatus.values)
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["customer", "created_at"]),
            models.Index(
                fields=["next_try_at"],
                condition=Q(status__in=["queued", "sending"]),
                name="notifications_mail_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.recipient}"
