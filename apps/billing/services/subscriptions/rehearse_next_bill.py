from __future__ import annotations

from apps.billing.effects import Effect, effect_of
from apps.billing.services.run.bill_customer import bill_due_subscriptions
from apps.customers.models import Customer
from apps.subscriptions.models import Subscription

# A plan that bills usage alone may have nothing to bill for ever: a few boundaries are enough to look at.
MOST_EMPTY_BILLS = 3


def rehearse_next_bill(*, customer: Customer, subscription: Subscription) -> Effect | None:
    """What the next bill of a locked subscription comes to; None where none comes.

    It is made: for callers who take their transaction back.
    """
    for _ in range(MOST_EMPTY_BILLS):
        instant = subscription.next_bill_at
        if instant is None:
            return None
        invoices = bill_due_subscriptions(customer=customer, due=[subscription], at=instant)
        if invoices:
            return effect_of(at=instant, currency=subscription.currency, invoices=invoices, notes=[])
    return None
