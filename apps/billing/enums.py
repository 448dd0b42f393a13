from __future__ import annotations

from django.db import models


class CollectionStatus(models.TextChoices):
    DUE = "due", "Due"
    """An attempt is to be made at `next_attempt_at`."""
    IN_FLIGHT = "in_flight", "In flight"
    """An attempt is open; the ladder stands still until it settles."""
    WAITING = "waiting", "Waits for the customer"
    """A new card or a confirmation is needed; nothing is tried by itself."""
    SETTLED = "settled", "Settled"
    EXHAUSTED = "exhausted", "Given up"
    """Every retry failed; staff decide."""


NEXT: dict[CollectionStatus, tuple[CollectionStatus, ...]] = {
    CollectionStatus.DUE: (
        CollectionStatus.IN_FLIGHT,
        CollectionStatus.WAITING,
        CollectionStatus.SETTLED,
        CollectionStatus.EXHAUSTED,
    ),
    CollectionStatus.IN_FLIGHT: (
        CollectionStatus.DUE,
        CollectionStatus.WAITING,
        CollectionStatus.SETTLED,
        CollectionStatus.EXHAUSTED,
    ),
    CollectionStatus.WAITING: (
        CollectionStatus.DUE,
        CollectionStatus.IN_FLIGHT,
        CollectionStatus.SETTLED,
        CollectionStatus.EXHAUSTED,
    ),
    CollectionStatus.EXHAUSTED: (
        CollectionStatus.DUE,
        CollectionStatus.IN_FLIGHT,
        CollectionStatus.SETTLED,
    ),
    CollectionStatus.SETTLED: (),
}


class CancelTiming(models.TextChoices):
    PERIOD_END = "period_end", "When the paid period ends"
    NOW = "now", "At once"


class LateOutcome(models.TextChoices):
    """What becomes of the difference between what a closed period costs and what was billed for it."""

    NONE = "none", "Nothing differs"
    DRAFT = "draft", "On the draft of the period"
    """Its invoice still waits for late usage."""
    NEXT_INVOICE = "next_invoice", "On the next invoice"
    SUPPLEMENT = "supplement", "An invoice at once"
    CREDIT_NOTE = "credit_note", "A credit note at once"
