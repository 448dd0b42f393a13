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


class DunningAction(models.TextChoices):
    """What a step of a timeline does; of one day, in this order."""

    RETRY = "retry", "Try the charge again"
    MAIL = "mail", "Write to the customer"
    RESTRICT = "restrict", "Access read-only"
    SUSPEND = "suspend", "Access suspended"
    DOWNGRADE = "downgrade", "Move to another plan"
    CANCEL = "cancel", "Cancel the subscription"
    WRITE_OFF = "write_off", "Write the invoice off"


class DunningMail(models.TextChoices):
    """What a step writes; that a charge was declined is told by itself."""

    REMINDER = "reminder", "Reminder"
    FINAL_NOTICE = "final_notice", "Last notice"


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
