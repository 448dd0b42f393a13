from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from apps.customers.models import Customer
from apps.plans.models import PlanVersion
from apps.plans.policies import TrialOnNewSubscription, policies_of
from apps.subscriptions.trial_selectors import first_start_of, first_trial_of

MAX_TRIAL_DAYS = 730


@dataclass(frozen=True, slots=True)
class TrialTerms:
    """The days of a trial, and from when they count where that is not the start."""

    days: int = 0
    counts_from: datetime | None = None


def grant_trial(
    *, customer: Customer, version: PlanVersion, external_id: str | None = None, card_fingerprint: str = ""
) -> TrialTerms:
    """The plan's own trial, as far as this customer may have it.

    Where the brand gives one trial to a customer, who had this plan's before (also by another spelling of
    the mailbox, or with the same card) gets none, or what is left of it, by the version's policy
    `trial_on_new_subscription`.
    """
    days = version.trial_days
    if not days or not customer.brand.one_trial_per_customer:
        return TrialTerms(days)
    first = first_trial_of(customer=customer, plan=version.plan, card_fingerprint=card_fingerprint)
    if policies_of(version).trial_on_new_subscription is TrialOnNewSubscription.NONE:
        return TrialTerms(days if first is None else 0)
    starts = [first, first_start_of(customer=customer, external_id=external_id)]
    return TrialTerms(days, min((start for start in starts if start is not None), default=None))
