"""Reads about trials that customers have had."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from apps.customers.mailbox import mailbox_digest
from apps.customers.models import Customer
from apps.plans.models import Plan
from apps.subscriptions.models import Subscription, TrialUse


def first_trial_of(*, customer: Customer, plan: Plan, card_fingerprint: str = "") -> datetime | None:
    """When the first trial of a plan began (UTC) that this customer had, or whoever has its mailbox or card.

    None when it had none within the brand and mode.
    """
    same = Q(customer=customer) | Q(mailbox_sha256=mailbox_digest(customer.email))
    if card_fingerprint:
        same |= Q(card_fingerprint=card_fingerprint)
    uses = TrialUse.objects.filter(same, brand_id=customer.brand_id, livemode=customer.livemode, plan=plan)
    return uses.order_by("started_at").values_list("started_at", flat=True).first()


def first_start_of(*, customer: Customer, external_id: str | None) -> datetime | None:
    """When the customer's first subscription with an external id began (UTC); None without one."""
    if external_id is None:
        return None
    own = Subscription.objects.filter(customer=customer, external_id=external_id)
    return own.order_by("started_at").values_list("started_at", flat=True).first()
