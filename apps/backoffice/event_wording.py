"""What events say to staff: one plain sentence for each, and a readable fallback for a new name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.urls import reverse

from apps.audit.enums import ActorType
from apps.audit.models import Event
from apps.core.formatting import format_money

# Which page shows a subject.
PAGES = {
    "customer": "backoffice:customer",
    "subscription": "backoffice:subscription",
    "invoice": "backoffice:invoice",
    "credit_note": "backoffice:credit_note",
    "payment": "backoffice:payment",
    "dispute": "backoffice:dispute",
    "mail": "backoffice:mail_detail",
    "quote": "backoffice:quote",
}

SENTENCES: dict[str, str] = {
    "customer.created": "Customer created",
    "customer.updated": "Details of the customer changed",
    "subscription.activated": "Subscription is active",
    "subscription.renewed": "Subscription renewed",
    "subscription.change_withdrawn": "Scheduled change undone",
    "subscription.quantity_changed": "Quantity changed",
    "subscription.trial_ending": "Trial ends soon",
    "subscription.trial_converted": "Trial became a paid subscription",
    "subscription.started": "Subscription began",
    "subscription.trial_extended": "Trial extended",
    "subscription.paused": "Subscription paused",
    "subscription.resumed": "Subscription goes on",
    "subscription.past_due": "Subscription is past due",
    "subscription.recovered": "Subscription is in good standing again",
    "invoice.created": "Invoice drafted",
    "invoice.tax_waiting": "Draft waits: its tax is not known",
    "invoice.redrafted": "Draft rated again with late usage",
    "invoice.closed": "Invoice of zero closed without a number",
    "invoice.paid": "Invoice paid",
    "credit_note.voided": "Credit note voided",
    "quote.created": "Quote made",
    "quote.accepted": "Quote accepted",
    "quote.expired": "Quote expired",
    "quote.canceled": "Quote taken back",
    "dispute.updated": "Dispute moved on",
    "dispute.evidence_submitted": "Evidence handed in",
    "dispute.closed": "Inquiry came to nothing",
    "payment.unapplied": "Payment went to the balance: the invoice owed less",
    "refund.unknown": "Refund's outcome is unknown; the gateway is asked",
    "payment_method.added": "Payment method added",
    "payment_method.removed": "Payment method removed",
    "payment_method.backup_changed": "Backup payment method changed",
    "payment_method.default_changed": "Default payment method changed",
    "payment.requires_action": "Payment waits for the customer's confirmation",
    "payment.unknown": "Payment's outcome is unknown; the gateway is asked",
    "payment.processing": "Payment is being processed",
    "payment.canceled": "Payment attempt withdrawn",
    "collection.exhausted": "Every retry failed: collecting was given up",
    "collection.reminded": "Customer is reminded of what is unpaid",
    "dunning_policy.created": "Dunning policy written",
    "dunning_policy.updated": "Dunning policy changed",
    "payment_method.expiring": "Card expires soon",
    "billing.released": "Billing retried by staff",
    "member.invited": "Member invited",
    "member.joined": "Member joined",
    "member.removed": "Member removed",
    "member.role_changed": "Member's role changed",
    "mail.resent": "Mail sent again",
    "wallet.opened": "Wallet opened",
    "wallet.updated": "Wallet's alerts or top-up changed",
    "wallet.closed": "Wallet closed",
    "usage.amended": "Usage event amended",
    "usage.voided": "Usage event voided",
    "usage.backfilled": "Usage of a window filled anew",
    "coupon.created": "Coupon made",
    "coupon.updated": "Coupon's name or limits changed",
    "coupon.deleted": "Coupon deleted",
    "coupon.redemption_ended": "Coupon of the customer ended",
    "promotion_code.created": "Promotion code made",
    "promotion_code.updated": "Promotion code's limits changed",
    "promotion_code.deleted": "Promotion code deleted",
    "brand.updated": "Brand's settings changed",
}

Wording = Callable[[dict[str, Any]], str]


def _amount(data: dict[str, Any], name: str) -> str:
    minor, currency = data.get(name), data.get("currency")
    if not isinstance(minor, int) or not currency:
        return ""
    return f": {format_money(minor, str(currency), locale='en')}"


def _reason(data: dict[str, Any]) -> str:
    reason = str(data.get("reason") or "").replace("_", " ")
    return f" ({reason})" if reason else ""


_SCHEDULED = {
    "pause": "Pause scheduled",
    "resume": "Resume scheduled",
    "billing_day": "Another billing day scheduled",
}


def _scheduled(data: dict[str, Any]) -> str:
    target = data.get("plan_name") or data.get("plan")
    if data.get("kind") == "cancel":
        return "Cancellation scheduled" + _reason(data)
    if data.get("kind") in _SCHEDULED:
        return _SCHEDULED[data["kind"]]
    return f"Change to {target} scheduled" if target else "Change of quantity scheduled"


WORDINGS: dict[str, Wording] = {
    "subscription.created": lambda d: f"Subscribed to {d.get('plan_name') or d.get('plan') or 'a plan'}",
    "subscription.change_scheduled": _scheduled,
    "subscription.plan_changed": lambda d: f"Plan changed from {d.get('from')} to {d.get('to')}",
    "subscription.trial_downgraded": lambda d: f"Trial ended; moved to {d.get('to')}",
    "subscription.canceled": lambda d: f"Subscription canceled{_reason(d)}",
    "dispute.opened": lambda d: f"Bank disputes the payment{_amount(d, 'amount_minor')}{_reason(d)}",
    "dispute.won": lambda d: f"Dispute won{_amount(d, 'amount_minor')}",
    "dispute.lost": lambda d: f"Dispute lost{_amount(d, 'amount_minor')}",
    "refund.requested": lambda d: f"Refund asked for{_amount(d, 'amount_minor')}{_reason(d)}",
    "refund.approved": lambda d: f"Refund approved{_amount(d, 'amount_minor')}",
    "refund.rejected": lambda d: f"Refund rejected{_amount(d, 'amount_minor')}",
    "refund.processing": lambda d: f"Refund is on its way{_amount(d, 'amount_minor')}",
    "refund.succeeded": lambda d: f"Refunded{_amount(d, 'amount_minor')}",
    "refund.failed": lambda d: f"Refund failed{_amount(d, 'amount_minor')}",
    "invoice.finalized": lambda d: f"Invoice {d.get('number')} issued{_amount(d, 'total_minor')}",
    "invoice.voided": lambda d: f"Invoice voided{_reason(d)}",
    "invoice.deleted": lambda d: "Draft thrown away",
    "invoice.regenerated": lambda d: f"Drafted anew in place of {d.get('number')}{_reason(d)}",
    "invoice.line_added": lambda d: f"Line added{_amount(d, 'amount_minor')}",
    "invoice.line_changed": lambda d: f"Line changed{_amount(d, 'amount_minor')}",
    "invoice.line_removed": lambda d: f"Line removed{_amount(d, 'amount_minor')}",
    "payment.received": lambda d: f"Payment written down{_amount(d, 'amount_minor')}",
    "invoice.marked_uncollectible": lambda d: f"Invoice written off{_amount(d, 'due_minor')}{_reason(d)}",
    "credit_note.issued": lambda d: f"Credit note {d.get('number')} issued{_amount(d, 'total_minor')}",
    "tax_id.checked": lambda d: f"Tax id found {d.get('status')} ({d.get('source')})",
    "location.contradicted": lambda d: (
        f"Seen in {d.get('country')} by {str(d.get('kind')).replace('_', ' ')},"
        f" billed in {d.get('billing_country')}"
    ),
    "balance.credited": lambda d: f"Balance credited{_amount(d, 'amount_minor')}",
    "balance.spent": lambda d: f"Balance spent{_amount(d, 'amount_minor')}",
    "coupon.redeemed": lambda d: f"Coupon redeemed: {d.get('name')} ({d.get('code')})",
    "coupon.used": lambda d: f"Coupon {d.get('name')} used{_amount(d, 'amount_minor')}",
    "coupon.use_released": lambda d: f"Coupon {d.get('name')} given back{_amount(d, 'amount_minor')}",
    "wallet.balance_low": lambda d: f"Wallet is low{_amount(d, 'balance_minor')}",
    "wallet.top_up_requested": lambda d: f"Top-up of the wallet asked for{_amount(d, 'amount_minor')}",
    "wallet.top_up_fulfilled": lambda d: f"Wallet topped up{_amount(d, 'amount_minor')}",
    "wallet.top_up_failed": lambda d: f"Top-up of the wallet failed{_amount(d, 'amount_minor')}",
    "credit_grant.granted": lambda d: f"Credit granted{_amount(d, 'amount_minor')}",
    "credit_grant.spent": lambda d: f"Credit spent{_amount(d, 'amount_minor')}",
    "credit_grant.returned": lambda d: f"Credit given back{_amount(d, 'amount_minor')}",
    "credit_grant.expired": lambda d: f"Credit expired{_amount(d, 'amount_minor')}",
    "credit_grant.voided": lambda d: f"Credit voided{_amount(d, 'amount_minor')}",
    "credit_grant.rolled_over": lambda d: f"Credit rolled over{_amount(d, 'amount_minor')}",
    "payment.succeeded": lambda d: f"Payment succeeded{_amount(d, 'amount_minor')}",
    "payment.failed": lambda d: f"Payment failed: {d.get('message') or d.get('decline_kind') or 'declined'}",
    "access.changed": lambda d: f"Access level is now {str(d.get('to')).replace('_', '-')}{_reason(d)}",
    "billing.parked": lambda d: f"Billing parked{_reason(d)}",
}


def text_of(event: Event) -> str:
    """One sentence without the full stop."""
    wording = WORDINGS.get(event.name)
    if wording is not None:
        return wording(event.data)
    if event.name.startswith("staff."):
        return f"Staff: {event.name.removeprefix('staff.').replace('_', ' ')}"
    return SENTENCES.get(event.name) or event.name.replace(".", " ").replace("_", " ").capitalize()


def href_of(event: Event) -> str:
    """The page of what the event is about; empty where there is none."""
    page = PAGES.get(event.subject_type)
    return reverse(page, args=[event.subject_id]) if page else ""


def timeline_entries(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Entries for `components/_timeline.html`; the system's own acts name no actor."""
    return [
        {
            "at": event.at,
            "text": text_of(event),
            "href": href_of(event),
            "actor": "" if event.actor_type == ActorType.SYSTEM else event.actor_label,
            "detail": event.data.get("reason", "") if event.name.startswith("staff.") else "",
        }
        for event in events
    ]
