from __future__ import annotations

from datetime import datetime

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable

from apps.billing.models import ParkedCustomer, UsageWatch
from apps.billing.services.run.bill_customer import lock_billed_customer
from apps.billing.services.run.park_customer import park_customer
from apps.billing.services.usage.bill_running_usage import bill_running_usage
from apps.core.due_work import Scope
from apps.subscriptions.enums import LIVE_STATUSES
from apps.subscriptions.selectors import metered_event_names
from apps.subscriptions.services.lock import lock_subscription
from apps.usage.intake_selectors import arrivals_since
from apps.usage.selectors import current_watermark

logger = structlog.get_logger(__name__)


def due_watches(scope: Scope, at: datetime | Combinable) -> QuerySet[UsageWatch]:
    """Watched subscriptions of a scope whose customers' events say something new; parked customers' are left
    out, and so are those that have a boundary to bill first."""
    parked = ParkedCustomer.objects.filter(
        customer_id=OuterRef("subscription__customer_id"), released_at=None
    )
    return (
        UsageWatch.objects.filter(
            Q(subscription__next_bill_at=None) | Q(subscription__next_bill_at__gt=at),
            subscription__status__in=LIVE_STATUSES,
            subscription__customer__test_clock_id=scope.test_clock_id,
        )
        .filter(~Exists(parked))
        .annotate(arrived=_arrived())
        .filter(Q(checked_below=None) | ~Q(seen=F("arrived")))
        .order_by("pk")
    )


def run_usage_bills(*, scope: Scope, at: datetime, limit: int = 200) -> int:
    """Look after up to `limit` watched subscriptions whose usage has moved; returns how many.

    Each is a transaction of its own, and any number of workers may run this. A customer whose billing fails
    is parked with the reason; a lost database connection ends the run, and the next one takes over.
    """
    due = list(due_watches(scope, at).values_list("pk", "subscription__customer_id")[:limit])
    return sum(_look(scope, at, watch_id, customer_id) for watch_id, customer_id in due)


def _look(scope: Scope, at: datetime, watch_id: int, customer_id: int) -> bool:
    """Look at one that was due a moment ago; False where another worker has done so, or is at it."""
    try:
        with transaction.atomic():
            mine = (
                UsageWatch.objects.filter(pk=watch_id)
                .select_related("subscription__customer")
                .select_for_update(skip_locked=True, of=("subscription__customer",), no_key=True)
            )
            if not mine or not due_watches(scope, at).filter(pk=watch_id).exists():
                return False
            look_at_usage(watch_id=watch_id, at=at)
            return True
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.exception("billing_parked", customer_id=customer_id)
        park_customer(customer_id=customer_id, error=error, due_at=at, at=at)
        return True


@transaction.atomic
def look_at_usage(*, watch_id: int, at: datetime) -> None:
    """Bill what is to be billed of a watched subscription's usage by now (`at`, UTC), and note what was seen.

    What is noted is read before the amounts: an event that comes in between is billed now, and looked for
    once more.
    """
    found = UsageWatch.objects.select_related("subscription").get(pk=watch_id)
    customer = lock_billed_customer(customer_id=found.subscription.customer_id)
    subscription = lock_subscription(subscription_id=found.subscription_id)
    subscription.customer = customer
    watch = UsageWatch.objects.select_for_update().get(pk=watch_id)
    watch.checked_below = current_watermark()
    watch.save(update_fields=["checked_below"])
    watch.seen = UsageWatch.objects.annotate(arrived=_arrived()).get(pk=watch_id).arrived
    watch.save(update_fields=["seen"])
    bill_running_usage(subscription=subscription, watch=watch, at=at)


def _arrived() -> object:
    return arrivals_since(
        customer=OuterRef("subscription__customer_id"),
        names=metered_event_names(OuterRef(OuterRef("subscription_id"))),
        transaction=OuterRef("checked_below"),
    )
