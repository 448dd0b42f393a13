from __future__ import annotations

from django.db import models


class SubscriptionStatus(models.TextChoices):
    SCHEDULED = "scheduled", "Scheduled"
    """Agreed, and begins on a day to come."""
    TRIALING = "trialing", "Trialing"
    ACTIVE = "active", "Active"
    PAST_DUE = "past_due", "Past due"
    """An invoice of it could not be collected; dunning is at work."""
    PAUSED = "paused", "Paused"
    """Neither billed nor used until it is resumed."""
    CANCELED = "canceled", "Canceled"


NEXT: dict[SubscriptionStatus, tuple[SubscriptionStatus, ...]] = {
    SubscriptionStatus.SCHEDULED: (
        SubscriptionStatus.TRIALING,
        SubscriptionStatus.ACTIVE,
        SubscriptionStatus.CANCELED,
    ),
    SubscriptionStatus.TRIALING: (
        SubscriptionStatus.ACTIVE,
        SubscriptionStatus.PAUSED,
        SubscriptionStatus.CANCELED,
    ),
    SubscriptionStatus.ACTIVE: (
        SubscriptionStatus.PAST_DUE,
        SubscriptionStatus.PAUSED,
        SubscriptionStatus.CANCELED,
    ),
    SubscriptionStatus.PAST_DUE: (
        SubscriptionStatus.ACTIVE,
        SubscriptionStatus.PAUSED,
        SubscriptionStatus.CANCELED,
    ),
    SubscriptionStatus.PAUSED: (SubscriptionStatus.ACTIVE, SubscriptionStatus.CANCELED),
    SubscriptionStatus.CANCELED: (),
}

LIVE_STATUSES = (
    SubscriptionStatus.SCHEDULED,
    SubscriptionStatus.TRIALING,
    SubscriptionStatus.ACTIVE,
    SubscriptionStatus.PAST_DUE,
    SubscriptionStatus.PAUSED,
)
"""Not ended: it may still be billed, changed or canceled."""


class PhaseKind(models.TextChoices):
    TRIAL = "trial", "Trial"
    REGULAR = "regular", "Regular"


class AnchorPrecision(models.TextChoices):
    LOCAL_DAY = "local_day", "Local day"
    """Periods begin at local midnight of the anchor's day."""
    INSTANT = "instant", "Instant"
    """Periods begin at the anchor's clock time."""


class ChangeKind(models.TextChoices):
    CANCEL = "cancel", "Cancel"
    PLAN = "plan", "Change plan"
    QUANTITY = "quantity", "Change quantity"
    PAUSE = "pause", "Pause"
    RESUME = "resume", "Resume"
    BILLING_DAY = "billing_day", "Move billing day"


WISHES = (
    (ChangeKind.CANCEL,),
    (ChangeKind.PAUSE, ChangeKind.RESUME),
    (ChangeKind.PLAN, ChangeKind.QUANTITY, ChangeKind.BILLING_DAY),
)
"""What a wish can be about: of each at most one is pending, and another one replaces it."""


class UnusedPart(models.TextChoices):
    """Where the unused paid part of a period goes when a change or an end cuts it."""

    NONE = "none", "Not credited"
    SAME_INVOICE = "same_invoice", "A negative line; what is left goes to the balance"
    CREDIT_NOTE = "credit_note", "A credit note"
    REFUND = "refund", "A credit note that is paid back"


class ChangeStatus(models.TextChoices):
    PENDING = "pending", "Pending"
    APPLIED = "applied", "Applied"
    WITHDRAWN = "withdrawn", "Withdrawn"


class CancelReason(models.TextChoices):
    TOO_EXPENSIVE = "too_expensive", "It is too expensive"
    MISSING_FEATURES = "missing_features", "Features are missing"
    SWITCHED_SERVICE = "switched_service", "I switched to another service"
    UNUSED = "unused", "I do not use it enough"
    CUSTOMER_SERVICE = "customer_service", "Customer service was not good enough"
    LOW_QUALITY = "low_quality", "The quality was not good enough"
    TOO_COMPLEX = "too_complex", "It is too complicated"
    OTHER = "other", "Another reason"
    PAYMENT_FAILED = "payment_failed", "Payment failed"
    """Set by dunning, not offered to customers."""
    TRIAL_ENDED = "trial_ended", "Trial ended"
    """Set by the trial's end, not offered to customers."""
    REPLACED = "replaced", "Replaced by another plan"
    """Set when a customer of a free plan buys a paid one, not offered to customers."""
    TERM_ENDED = "term_ended", "The agreed term ended"
    """Set where an end was agreed at the start, not offered to customers."""
    PARENT_ENDED = "parent_ended", "What it was added to ended"
    """Set at the end of an add-on, not offered to customers."""


class CollectionMethod(models.TextChoices):
    CHARGE_AUTOMATICALLY = "charge_automatically", "Charge the stored payment method"
    SEND_INVOICE = "send_invoice", "Send an invoice to be paid"
