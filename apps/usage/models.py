"""What was used: events in monthly partitions, and the claims that make each count once.

Both tables are created by SQL (partitions, storage order), so Django does not manage them.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class EventClaim(models.Model):
    """For ever: that an event id was taken, and by which content.

    `id` is a pure function of (brand, mode, source, event id), so an id is exact for ever even
    when the event's month has been dropped. `content_hash` covers name, customer, timestamp
    and properties.
    """

    id = models.UUIDField(primary_key=True)
    content_hash = models.BinaryField(max_length=16)
    timestamp = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "usage_event_claim"

    def __str__(self) -> str:
        return str(self.id)


class Event(models.Model):
    """One thing that a customer did, as reported: append-only, never marked as billed."""

    pk = models.CompositePrimaryKey("timestamp", "claim_id")
    claim_id = models.UUIDField()
    timestamp = models.DateTimeField(help_text="When it happened (UTC).")
    brand_id = models.BigIntegerField()
    livemode = models.BooleanField()
    customer_id = models.BigIntegerField()
    source = models.CharField(max_length=255)
    event_id = models.CharField(max_length=255)
    name = models.CharField(max_length=120)
    properties = models.JSONField(default=dict)
    received_at = models.DateTimeField()
    transaction_id = models.BigIntegerField(
        help_text="PostgreSQL transaction (xid8) that stored it: a period closes below the oldest "
        "running one, so no event can slip under a watermark."
    )

    revision = models.SmallIntegerField(
        default=0, help_text="0 as first sent; a row counts while no newer revision of its claim exists."
    )

    class Meta:
        managed = False
        db_table = "usage_event"
        indexes: ClassVar = []

    def __str__(self) -> str:
        return f"{self.name} at {self.timestamp:%Y-%m-%d %H:%M:%S}"


class EventRevision(models.Model):
    """That an event was amended or voided: what this version says, and where the one before it counted.

    The version before it is taken out of `superseded_customer_id`, `superseded_name` and
    `superseded_timestamp` (all NULL where it counted nowhere); a void counts nowhere itself.
    `transaction_id` never falls from one revision of a claim to the next, so whoever reads below a
    watermark sees a whole beginning of its history.
    """

    pk = models.CompositePrimaryKey("claim_id", "revision")
    claim_id = models.UUIDField()
    revision = models.SmallIntegerField()
    content_hash = models.BinaryField(max_length=16)
    voided = models.BooleanField()
    customer_id = models.BigIntegerField(null=True)
    name = models.CharField(max_length=120, null=True)  # noqa: DJ001 - a void has none
    timestamp = models.DateTimeField(null=True)
    superseded_customer_id = models.BigIntegerField(null=True)
    superseded_name = models.CharField(max_length=120, null=True)  # noqa: DJ001 - after a void there is none
    superseded_timestamp = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    transaction_id = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "usage_event_revision"

    def __str__(self) -> str:
        return f"{self.claim_id} revision {self.revision}"


class FixedEventIdentity(models.Model):
    """By what a brand's events are told apart: written with its first event, and never changed."""

    brand_id = models.BigIntegerField(primary_key=True)
    identity = models.CharField(max_length=20)

    class Meta:
        managed = False
        db_table = "usage_event_identity"

    def __str__(self) -> str:
        return f"brand {self.brand_id}: {self.identity}"


class Rollup(models.Model):
    """How far the daily rollup of one shape reaches (see rollup_shape).

    `usage_rolled_day` holds all events of the days before `until` (UTC) that transactions below `watermark`
    stored, and none else.
    """

    shape = models.CharField(primary_key=True, max_length=32)
    watermark = models.BigIntegerField()
    until = models.DateField()
    rolled_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "usage_rollup"

    def __str__(self) -> str:
        return f"{self.shape} until {self.until}"
