from __future__ import annotations

from django.db import transaction

from apps.billing.effects import Effect, effect_of
from apps.billing.services.run.bill_subscription import owed_at
from apps.billing.services.run.issue_invoices import invoice_terms
from apps.billing.services.subscriptions.make_change import hold_subscription
from apps.invoices.services.complete_draft import complete_draft
from apps.invoices.services.draft import draft_invoice
from apps.subscriptions.models import Subscription


def preview_next_invoice(*, subscription: Subscription) -> Effect | None:
    """What a subscription's next invoice would be with what was used so far; None when none comes.

    With discounts and tax, in minor units, before the balance and prepaid credit pay of it. The draft is
    written and taken back: no number is held, so that a page that is often looked at is in nobody's way.

    Raises:
        PricingError: usage cannot be priced at the moment.
    """
    with transaction.atomic():
        effect = _rehearse(subscription)
        transaction.set_rollback(True)
    return effect


def _rehearse(subscription: Subscription) -> Effect | None:
    held = hold_subscription(subscription_id=subscription.pk)
    at = held.next_bill_at
    if at is None:
        return None
    owed = owed_at(subscription=held, at=at)
    if not owed.charges and not owed.progressive_minor:
        return effect_of(at=at, currency=held.currency, invoices=[], notes=[])
    draft = draft_invoice(
        customer=held.customer,
        terms=invoice_terms(held.customer, held),
        charges=owed.charges,
        at=at,
        progressive_credit_minor=owed.progressive_minor,
    )
    complete_draft(invoice=draft.invoice, lines=draft.lines, at=at)
    return effect_of(at=at, currency=held.currency, invoices=[draft.invoice], notes=[])
