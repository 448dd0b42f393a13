from __future__ import annotations

from django.db import models


class IdempotencyState(models.TextChoices):
    BOUND = "bound", "Bound to an object"
    """The business commit happened; the answer was not kept yet (or a gateway call was to follow)."""
    ANSWERED = "answered", "Answered"
    """The answer's status is kept; the body too, unless a replay renders the object anew."""
