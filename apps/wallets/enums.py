from __future__ import annotations

from django.db import models


class MovementKind(models.TextChoices):
    """Why a customer's balance moved; the sign of the amount follows from it."""

    CREDIT_NOTE = "credit_note", "Credit note"
    NEGATIVE_TOTAL = "negative_total", "Negative invoice total"
    OVERPAYMENT = "overpayment", "Overpayment"
    MANUAL_CREDIT = "manual_credit", "Credit by staff"
    APPLIED_BACK = "applied_back", "Given back by a voided invoice"
    APPLIED_TO_INVOICE = "applied_to_invoice", "Applied to an invoice"
    CREDIT_NOTE_VOIDED = "credit_note_voided", "Credit note voided"
    MANUAL_DEBIT = "manual_debit", "Debit by staff"
    REFUNDED = "refunded", "Refunded"
    REFUND_RETURNED = "refund_returned", "Refund that came back"


CREDITS = (
    MovementKind.CREDIT_NOTE,
    MovementKind.NEGATIVE_TOTAL,
    MovementKind.OVERPAYMENT,
    MovementKind.MANUAL_CREDIT,
    MovementKind.APPLIED_BACK,
    MovementKind.REFUND_RETURNED,
)
DEBITS = (
    MovementKind.APPLIED_TO_INVOICE,
    MovementKind.CREDIT_NOTE_VOIDED,
    MovementKind.MANUAL_DEBIT,
    MovementKind.REFUNDED,
)


class GrantKind(models.TextChoices):
    """What a grant is: the two stand at different places of an invoice."""

    PREPAID = "prepaid", "Prepaid"
    """Money: it pays what an invoice comes to after tax, and is owed to the customer until then."""
    PROMOTIONAL = "promotional", "Promotional"
    """A gift: it lowers the price before tax, and is worth nothing until it is used."""


class GrantSource(models.TextChoices):
    """Where a grant comes from; what is left of one and goes on keeps its source."""

    PAID = "paid", "Paid for"
    """Whoever took the money has booked it."""
    GIVEN = "given", "Given free"


class Rollover(models.TextChoices):
    """Whether what is left of a grant at its expiry goes on as a new grant."""

    NONE = "none", "Expires"
    ONCE = "once", "Goes on once"
    ALWAYS = "always", "Goes on every time"


class GrantMovementKind(models.TextChoices):
    """Why a grant moved; the sign of the amount follows from it."""

    GRANTED = "granted", "Granted"
    RETURNED = "returned", "Given back by a voided invoice"
    SPENT = "spent", "Spent on an invoice"
    EXPIRED = "expired", "Expired"
    VOIDED = "voided", "Voided"
    ROLLED_OVER = "rolled_over", "Went on as another grant"


GRANT_CREDITS = (GrantMovementKind.GRANTED, GrantMovementKind.RETURNED)
GRANT_DEBITS = (
    GrantMovementKind.SPENT,
    GrantMovementKind.EXPIRED,
    GrantMovementKind.VOIDED,
    GrantMovementKind.ROLLED_OVER,
)


class TopUpRule(models.TextChoices):
    """When a wallet tops itself up."""

    NONE = "none", "Never"
    THRESHOLD = "threshold", "When the balance falls below a threshold"
    INTERVAL = "interval", "At regular times"


class TopUpReason(models.TextChoices):
    """Who asked for a top-up."""

    THRESHOLD = "threshold", "The balance fell below the threshold"
    INTERVAL = "interval", "Its time had come"
    REQUEST = "request", "Asked for"


class TopUpStatus(models.TextChoices):
    """The way of a top-up: it is open until its invoice is paid, or is given up."""

    OPEN = "open", "Open"
    FULFILLED = "fulfilled", "Fulfilled"
    FAILED = "failed", "Failed"


NEXT_TOP_UP: dict[TopUpStatus, tuple[TopUpStatus, ...]] = {
    TopUpStatus.OPEN: (TopUpStatus.FULFILLED, TopUpStatus.FAILED),
}
