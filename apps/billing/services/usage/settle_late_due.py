from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db.models import Exists, OuterRef, QuerySet

from apps.billing.models import ParkedCustomer
from apps.billing.services.run.run_apart import run_apart
from apps.billing.services.usage.settle_late_usage import settle_late_usage
from apps.core.due_work import Scope
from apps.subscriptions.models import Subscription


def late_in(scope: Scope) -> QuerySet[Subscription]:
    """Subscriptions of a scope whose late usage is to be settled; parked customers' are left out."""
    parked = ParkedCustomer.objects.filter(customer_id=OuterRef("customer_id"), released_at=None)
    return (
        Subscription.objects.filter(late_due_at__isnull=False, customer__test_clock_id=scope.test_clock_id)
        .filter(~Exists(parked))
        .order_by("late_due_at", "pk")
    )


def settle_late_due(*, scope: Scope, at: datetime, limit: int = 200) -> int:
    """Settle at `at` the late usage that was found, a transaction for each subscription; how many.

    Any number of workers may run this: the second finds nothing left of what the first has settled.
    """
    due = late_in(scope).filter(late_due_at__lte=at).values_list("pk", "customer_id")[:limit]
    return sum(
        run_apart(partial(settle_late_usage, subscription_id=key, at=at), customer_id=customer_id, at=at)
        for key, customer_id in list(due)
    )
