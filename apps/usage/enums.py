from __future__ import annotations

from django.db import models


class IntakeOutcome(models.TextChoices):
    """The answer for one event of a request."""

    ACCEPTED = "accepted", "Stored"
    DUPLICATE = "duplicate", "Known already, same content"
    """Acknowledged: sending the same event again is the same as sending it once."""
    AMENDED = "amended", "Known already, replaced by this content"
    """The newest version of an event counts, and the ones before it no longer do."""
    CONFLICT = "conflict", "Known already, other content"
    """Refused for this event: the first content stays."""
    INVALID = "invalid", "Refused, see errors"


class BackfillMode(models.TextChoices):
    """What becomes of the events that a backfill's window holds already."""

    REPLACE = "replace", "Void what is there, then store"
    ADD = "add", "Leave what is there, and store"


class CorrectionOutcome(models.TextChoices):
    """The answer to an amendment or a void."""

    AMENDED = "amended", "Says the new content"
    VOIDED = "voided", "Counts for nothing"
    UNCHANGED = "unchanged", "Was so already"
