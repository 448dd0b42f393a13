from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from apps.billing.late_selectors import ClosedUsage, closed_usage, without_drafted
from apps.billing.owed import Owed
from apps.billing.services.run.issue_credit_notes import issue_credit_notes
from apps.billing.services.run.issue_invoices import issue_invoices
from apps.billing.services.subscriptions.make_change import hold_subscription
from apps.billing.services.usage.rate_again import differences_of
from apps.billing.services.usage.rate_late_commitment import commitment_differences
from apps.billing.services.usage.rate_late_usage import late_charges, move_watermark
from apps.invoices.models import CreditNote, Invoice
from apps.plans.enums import LateUsage
from apps.subscriptions.models import Subscription
from apps.usage.selectors import current_watermark


@dataclass(frozen=True, slots=True)
class LateSettled:
    """What late usage led to at once: supplement invoices, and credit notes on what billed it."""

    invoices: list[Invoice] = field(default_factory=list)
    credit_notes: list[CreditNote] = field(default_factory=list)


@transaction.atomic
def settle_late_usage(*, subscription_id: int, at: datetime) -> LateSettled:
    """Bill or give back at `at` (UTC) the late usage of a subscription that no next invoice will carry.

    Of meters that correct at once, and of all meters once nothing runs any more. What is owed is a
    supplement invoice, what is owed back a credit note on the invoice that billed it. A period whose invoice
    is still a draft is left to the draft. All in one transaction, under the customer's lock.
    """
    subscription = hold_subscription(subscription_id=subscription_id)
    # Taken before anything is read: what is stored later than this is found by the next search.
    watermark = current_watermark()
    changed = closed_usage(subscription=subscription, at=at)
    handled = [u for u in without_drafted(subscription, changed) if settles_at_once(subscription, u)]
    settled = _issue(subscription, handled, at)
    # Another meter of the same period may wait for the next invoice: its watermark is the same.
    waiting = {usage.period.pk for usage in changed if usage not in handled}
    move_watermark((u.period for u in handled if u.period.pk not in waiting), watermark)
    subscription.late_due_at = None
    subscription.save(update_fields=["late_due_at"])
    return settled


def settles_at_once(subscription: Subscription, usage: ClosedUsage) -> bool:
    """Whether late usage is billed or given back as soon as it is found, and not on a next invoice."""
    return usage.policy is LateUsage.CORRECTION or subscription.next_bill_at is None


def _issue(subscription: Subscription, handled: list[ClosedUsage], at: datetime) -> LateSettled:
    differences = differences_of(handled)
    late = late_charges([*differences, *commitment_differences(differences)], at_once=True)
    back = Owed(credits=late.credits)
    return LateSettled(
        credit_notes=issue_credit_notes(subscription=subscription, owed=back, at=at),
        invoices=issue_invoices(
            customer=subscription.customer,
            billed=[(subscription, Owed(late.charges))],
            at=at,
            may_wait=False,
        ),
    )
