from __future__ import annotations

from django.db.models import F, Value
from django.db.models.functions import Coalesce, NullIf

from apps.customers.mailbox import mailbox_digest
from apps.subscriptions.models import Subscription, TrialUse


def record_trial_use(*, subscription: Subscription, card_fingerprint: str = "") -> TrialUse:
    """Note that a subscription's customer has had the trial of its plan, in the caller's transaction.

    The first one stays what it is.
    """
    use, _ = TrialUse.objects.get_or_create(
        customer=subscription.customer,
        plan=subscription.plan_version.plan,
        defaults={
            "brand_id": subscription.brand_id,
            "livemode": subscription.livemode,
            "mailbox_sha256": mailbox_digest(subscription.customer.email),
            "card_fingerprint": card_fingerprint,
            "started_at": subscription.started_at,
        },
    )
    return use


def record_trial_card(*, customer_id: int, card_fingerprint: str) -> None:
    """Note the card of a customer whose trials began without one."""
    uses = TrialUse.objects.filter(customer_id=customer_id)
    uses.update(card_fingerprint=Coalesce(NullIf(F("card_fingerprint"), Value("")), Value(card_fingerprint)))
