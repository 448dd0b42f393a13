"""Messages of gateways, and what they are signed with."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.payments.enums import GatewayName, MessageSubject


class GatewayEvent(models.Model):
    """A message from a gateway, stored once before anything is done about it.

    `subject`, `reference` (our public id, where the gateway carries it), `gateway_ids` and `customer_ref` are
    what its reader found out it is about; the payload is kept for people.
    """

    gateway = models.CharField(max_length=20, choices=GatewayName.choices)
    event_id = models.CharField(max_length=255)
    type = models.CharField(max_length=120)
    livemode = models.BooleanField()
    object_id = models.CharField(max_length=255, blank=True)
    subject = models.CharField(max_length=10, choices=MessageSubject.choices, default=MessageSubject.OTHER)
    reference = models.CharField(max_length=64, blank=True)
    gateway_ids = models.JSONField(default=list, blank=True)
    customer_ref = models.CharField(max_length=255, blank=True)
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
