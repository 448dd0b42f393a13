"""What happened: an append-only event log, its seals, and how far each reader has read."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from apps.audit.enums import ActorType
from apps.core.public_ids import PublicIdField


class Event(models.Model):
    """One thing that happened to one subject. Never changed or deleted: triggers refuse it.

    ``at`` is the effective instant (the customer's clock), ``recorded_at`` when the machine wrote it.
    ``data`` holds ids, codes and amounts, no personal data: an erasure must not have to touch the log.
    """

    public_id = PublicIdField(prefix="evt")
    name = models.CharField(max_length=80, help_text="Such as invoice.finalized.")
    subject_type = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=40, help_text="Public id.")
    customer_id = models.BigIntegerField(null=True)
    brand_id = models.BigIntegerField(null=True)
    livemode = models.BooleanField(null=True)
    actor_type = models.CharField(max_length=10, choices=ActorType.choices)
    actor_id = models.CharField(max_length=40, blank=True)
    actor_label = models.CharField(max_length=120, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    data = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="audit_event_actor_known",
                condition=models.Q(actor_type__in=ActorType.values),
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["subject_type", "subject_id", "-at", "-id"], name="audit_event_subject"),
            models.Index(fields=["customer_id", "-at", "-id"], name="audit_event_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.subject_id}"


class Seal(models.Model):
    """The place of one event in the one order that readers follow, chained by SHA-256 to the seal before it.

    Sequence numbers have no gap: the sealer counts them under a lock, after the event has committed.
    """

    seq = models.BigIntegerField(primary_key=True)
    event = models.OneToOneField(Event, on_delete=models.PROTECT, related_name="seal")
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="audit_seal_seq_positive", condition=models.Q(seq__gt=0))
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.hash[:12]}"


class UnsealedEvent(models.Model):
    """An event that waits for its seal; a trigger puts it here in the transaction that makes the event."""

    event_id = models.BigIntegerField(primary_key=True)

    class Meta:
        db_table = "audit_unsealed"

    def __str__(self) -> str:
        return str(self.event_id)


class OutboxPosition(models.Model):
    """How far one reader of the sealed log has come: everything up to ``seq`` was handled."""

    reader = models.CharField(max_length=60, primary_key=True)
    seq = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.reader} at {self.seq}"
