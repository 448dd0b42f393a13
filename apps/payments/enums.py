from __future__ import annotations

from django.db import models


class GatewayName(models.TextChoices):
    STRIPE = "stripe", "Stripe"
    PAYPAL = "paypal", "PayPal"
    RAZORPAY = "razorpay", "Razorpay"


class MethodKind(models.TextChoices):
    """What a customer pays with."""

    CARD = "card", "Card"
    PAYPAL = "paypal", "PayPal"
    UPI = "upi", "UPI"


class MessageSubject(models.TextChoices):
    """What a gateway's message is about."""

    PAYMENT = "payment", "Payment"
    REFUND = "refund", "Refund"
    DISPUTE = "dispute", "Dispute"
    METHOD = "method", "Payment method"
    SETUP = "setup", "Set-up of a method"
    PAYOUT = "payout", "Payout"
    OTHER = "other", "Other"


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


class RefundReason(models.TextChoices):
    REQUESTED_BY_CUSTOMER = "requested_by_customer", "Requested by the customer"
    DUPLICATE = "duplicate", "Paid twice"
    FRAUDULENT = "fraudulent", "Fraud"
    CANCELLATION = "cancellation", "Cancelled or changed contract"
    OTHER = "other", "Other"


class RefundStatus(models.TextChoices):
    AWAITING_APPROVAL = "awaiting_approval", "Awaiting approval"
    """Above the brand's limit: a second person decides."""
    SENDING = "sending", "Sending"
    """Committed with its key; the gateway is about to be called."""
    PROCESSING = "processing", "Processing"
    UNKNOWN = "unknown", "Unknown"
    """No answer came; the sweeper asks. Never a reason to refund again."""
    SUCCEEDED = "succeeded", "Succeeded"
    FAILED = "failed", "Failed"
    REJECTED = "rejected", "Rejected"


REFUND_NEXT: dict[RefundStatus, tuple[RefundStatus, ...]] = {
    RefundStatus.AWAITING_APPROVAL: (RefundStatus.SENDING, RefundStatus.REJECTED),
    RefundStatus.SENDING: (
        RefundStatus.PROCESSING,
        RefundStatus.UNKNOWN,
        RefundStatus.SUCCEEDED,
        RefundStatus.FAILED,
    ),
    RefundStatus.UNKNOWN: (RefundStatus.PROCESSING, RefundStatus.SUCCEEDED, RefundStatus.FAILED),
    RefundStatus.PROCESSING: (RefundStatus.SUCCEEDED, RefundStatus.FAILED),
    # A card that was closed sends the money back, days after the gateway had called it done.
    RefundStatus.SUCCEEDED: (RefundStatus.FAILED,),
    RefundStatus.FAILED: (),
    RefundStatus.REJECTED: (),
}

OPEN_REFUND_STATUSES = (RefundStatus.SENDING, RefundStatus.PROCESSING, RefundStatus.UNKNOWN)


class DisputeStatus(models.TextChoices):
    WARNING = "warning", "Inquiry"
    """A bank asks; no money was taken yet."""
    NEEDS_RESPONSE = "needs_response", "Needs a response"
    UNDER_REVIEW = "under_review", "Under review"
    WON = "won", "Won"
    LOST = "lost", "Lost"
    CLOSED = "closed", "Closed"
    """An inquiry that came to nothing."""


DISPUTE_NEXT: dict[DisputeStatus, tuple[DisputeStatus, ...]] = {
    DisputeStatus.WARNING: (
        DisputeStatus.NEEDS_RESPONSE,
        DisputeStatus.UNDER_REVIEW,
        DisputeStatus.WON,
        DisputeStatus.LOST,
        DisputeStatus.CLOSED,
    ),
    DisputeStatus.NEEDS_RESPONSE: (DisputeStatus.UNDER_REVIEW, DisputeStatus.WON, DisputeStatus.LOST),
    DisputeStatus.UNDER_REVIEW: (
        DisputeStatus.NEEDS_RESPONSE,
        DisputeStatus.WON,
        DisputeStatus.LOST,
    ),
    DisputeStatus.WON: (),
    DisputeStatus.LOST: (DisputeStatus.WON,),
    DisputeStatus.CLOSED: (),
}


class MovementKind(models.TextChoices):
    """What moved a gateway's account."""

    CHARGE = "charge", "Charge"
    REFUND = "refund", "Refund"
    REFUND_FAILURE = "refund_failure", "Refund that came back"
    DISPUTE = "dispute", "Dispute"
    DISPUTE_REVERSAL = "dispute_reversal", "Dispute won"
    FEE = "fee", "Fee"
    PAYOUT = "payout", "Payout"
    PAYOUT_FAILURE = "payout_failure", "Payout that came back"
    ADJUSTMENT = "adjustment", "Adjustment"


class PayoutStatus(models.TextChoices):
    PENDING = "pending", "On its way"
    PAID = "paid", "Paid"
    FAILED = "failed", "Failed"
    CANCELED = "canceled", "Canceled"


class BankLineStatus(models.TextChoices):
    UNMATCHED = "unmatched", "Unmatched"
    MATCHED = "matched", "Matched"
    SET_ASIDE = "set_aside", "Not ours to book"
