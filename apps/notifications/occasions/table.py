"""Which events somebody is written to about. An event that is not here is read and passed over."""

from __future__ import annotations

from apps.notifications.occasions import credit_notes, dunning, invoices, members, refunds, subscriptions
from apps.notifications.occasions.occasion import Describe

OCCASIONS: dict[str, Describe] = {
    "invoice.finalized": invoices.invoice_issued,
    "invoice.paid": invoices.invoice_paid,
    "credit_note.issued": credit_notes.credit_note_issued,
    "payment.failed": invoices.payment_failed,
    "payment.requires_action": invoices.payment_needs_action,
    "refund.succeeded": refunds.refund_succeeded,
    "refund.failed": refunds.refund_failed,
    "collection.reminded": dunning.collection_reminded,
    "payment_method.expiring": dunning.card_expiring,
    "subscription.trial_ending": subscriptions.trial_ending,
    "subscription.trial_converted": subscriptions.trial_ended,
    "subscription.trial_downgraded": subscriptions.trial_ended,
    "subscription.change_scheduled": subscriptions.change_scheduled,
    "subscription.canceled": subscriptions.subscription_canceled,
    "subscription.plan_changed": subscriptions.plan_changed,
    "member.invited": members.member_invited,
}
