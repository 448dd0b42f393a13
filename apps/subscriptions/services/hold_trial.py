from __future__ import annotations

from apps.core.advisory_lock import lock_names
from apps.customers.mailbox import mailbox_digest
from apps.customers.models import Customer
from apps.plans.models import Plan


def hold_trial(*, customer: Customer, plan: Plan, card_fingerprint: str = "") -> None:
    """Let nobody else with the same mailbox or card take the trial of a plan until the transaction ends.

    Others wait: whoever looks for a first trial afterwards sees this one. Of customers who hold their own row
    already, so that no two wait for each other.
    """
    scope = f"trial:{customer.brand_id}:{customer.livemode}:{plan.pk}"
    names = [f"{scope}:mailbox:{mailbox_digest(customer.email)}"]
    if card_fingerprint:
        names.append(f"{scope}:card:{card_fingerprint}")
    lock_names(names)
