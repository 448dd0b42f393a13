from __future__ import annotations

from django.db import models


class MailKind(models.TextChoices):
    INVOICE = "invoice", "Invoice"
    RECEIPT = "receipt", "Receipt"
    CREDIT_NOTE = "credit_note", "Credit note"
    PAYMENT_FAILED = "payment_failed", "Payment failed"
    PAYMENT_ACTION = "payment_action", "Confirmation needed"
    PAYMENT_REMINDER = "payment_reminder", "Payment reminder"
    FINAL_NOTICE = "final_notice", "Last notice"
    CARD_EXPIRING = "card_expiring", "Card expires soon"
    REFUND = "refund", "Refund"
    REFUND_FAILED = "refund_failed", "Refund failed"
    TRIAL_ENDING = "trial_ending", "Trial ends soon"
    TRIAL_CONVERTED = "trial_converted", "Trial converted"
    TRIAL_DOWNGRADED = "trial_downgraded", "Trial ended: free plan"
    SUBSCRIPTION_CANCELED = "subscription_canceled", "Subscription canceled"
    CANCEL_SCHEDULED = "cancel_scheduled", "Cancellation scheduled"
    PLAN_CHANGED = "plan_changed", "Plan changed"
    MEMBER_INVITED = "member_invited", "Invitation"


class MailStatus(models.TextChoices):
    QUEUED = "queued", "Queued"
    SENDING = "sending", "Sending"
    """Committed before the mail server is called; left so by a crash, it is sent again under the same
    Message-ID."""
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"


NEXT: dict[MailStatus, tuple[MailStatus, ...]] = {
    MailStatus.QUEUED: (MailStatus.SENDING,),
    MailStatus.SENDING: (MailStatus.SENT, MailStatus.FAILED, MailStatus.QUEUED),
    MailStatus.SENT: (),
    MailStatus.FAILED: (MailStatus.QUEUED,),
}
