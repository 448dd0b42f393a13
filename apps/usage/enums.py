from __future__ import annotations

from django.db import models


class IntakeOutcome(models.TextChoices):
    """The answer for one event of a request."""

    ACCEPTED = "accepted", "Stored"
    DUPLICATE = "duplicate", "Known already, same content"
    """Acknowledged: sending the same event again is the same as sending it once."""
    CONFLICT = "conflict", "Known already, other content"
    """Refused for this event: the first content stays."""
    INVALID = "invalid", "Refused, see errors"
