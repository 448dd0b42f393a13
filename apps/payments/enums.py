from __future__ import annotations

from django.db import models


class GatewayName(models.TextChoices):
    STRIPE = "stripe", "Stripe"


class PaymentMethodStatus(models.TextChoices):
    ACTIVE = "active", "Active"
    REMOVED = "removed", "Removed"


class ReceiptMethod(models.TextChoices):
    """How money came that no gateway brought."""

    BANK_TRANSFER = "bank_transfer", "Bank transfer"
    CHEQUE = "cheque", "Cheque"
    CASH = "cash", "Cash"
    OTHER = "other", "Other"


class PaymentStatus(models.TextChoices):
    SENDING = "sending", "Sending"
    """Committed with its key; the gateway is about to be called."""
    PROCESSING = "processing", "Processing"
    """The gateway has it and will answer later."""
    REQUIRES_ACTION = "requires_action", "Needs the customer"
    """The bank wants the customer to confirm (3-D Secure)."""
    UNKNOWN = "unknown", "Unknown"
    """No answer came; the sweeper asks. Never a reason to charge again."""
    SUCCEEDED = "succeeded", "Succeeded"
    FAILED = "failed", "Failed"
    CANCELED = "canceled", "Canceled"


NEXT: dict[PaymentStatus, tuple[PaymentStatus, ...]] = {
    PaymentStatus.SENDING: (
        PaymentStatus.PROCESSING,
        PaymentStatus.REQUIRES_ACTION,
        PaymentStatus.UNKNOWN,
        PaymentStatus.SUCCEEDED,
        PaymentStatus.FAILED,
        PaymentStatus.CANCELED,
    ),
    PaymentStatus.UNKNOWN: (
        PaymentStatus.PROCESSING,
        PaymentStatus.REQUIRES_ACTION,
        PaymentStatus.SUCCEEDED,
        PaymentStatus.FAILED,
        PaymentStatus.CANCELED,
    ),
    PaymentStatus.PROCESSING: (
        PaymentStatus.REQUIRES_ACTION,
        PaymentStatus.SUCCEEDED,
        PaymentStatus.FAILED,
        PaymentStatus.CANCELED,
    ),
    PaymentStatus.REQUIRES_ACTION: (
        PaymentStatus.PROCESSING,
        PaymentStatus.SUCCEEDED,
        PaymentStatus.FAILED,
        PaymentStatus.CANCELED,
    ),
    PaymentStatus.SUCCEEDED: (),
    # Money that came after all wins over what was believed: the books must show every captured cent.
    PaymentStatus.FAILED: (PaymentStatus.SUCCEEDED,),
    PaymentStatus.CANCELED: (PaymentStatus.SUCCEEDED,),
}

OPEN_STATUSES = (
    PaymentStatus.SENDING,
    PaymentStatus.PROCESSING,
    PaymentStatus.REQUIRES_ACTION,
    PaymentStatus.UNKNOWN,
)


class DeclineKind(models.TextChoices):
    SOFT = "soft", "May work later"
    HARD = "hard", "Needs another payment method"
    AUTHENTICATION = "authentication", "Needs the customer's confirmation"
