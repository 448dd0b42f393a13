from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Exists, OuterRef, QuerySet

from apps.billing.models import ParkedCustomer
from apps.billing.services.run.bill_customer import bill_due_subscriptions, lock_due_subscriptions
from apps.billing.services.run.park_customer import park_customer
from apps.core.due_work import Scope
from apps.subscriptions.models import Subscription
from apps.subscriptions.selectors import due_subscriptions

logger = structlog.get_logger(__name__)


def billable(scope: Scope) -> QuerySet[Subscription]:
    """Subscriptions of a scope that wait to be billed, the earliest first; parked customers' are left out."""
    parked = ParkedCustomer.objects.filter(customer_id=OuterRef("customer_id"), released_at=None)
    return due_subscriptions(scope).filter(~Exists(parked))


@dataclass(frozen=True, slots=True)
class RunCounts:
    """What came of a run."""

    customers_billed: int = 0
    invoices_finalized: int = 0
    customers_parked: int = 0

    def __add__(self, other: RunCounts) -> RunCounts:
        return RunCounts(
            self.customers_billed + other.customers_billed,
            self.invoices_finalized + other.invoices_finalized,
            self.customers_parked + other.customers_parked,
        )

    @property
    def handled(self) -> int:
        return self.customers_billed + self.customers_parked


def run_billing(*, scope: Scope, at: datetime, limit: int = 200) -> RunCounts:
    """Bill up to `limit` customers that are due at or before `at`; any number of workers may run this.

    Each customer is a transaction of its own. One whose billing fails is parked with the reason
    and the run goes on; a lost database connection ends the run, and the next one takes over.
    """
    counts = RunCounts()
    while counts.handled < limit:
        one = _bill_next(scope, at)
        if one is None:
            break
        counts += one
    return counts


def _bill_next(scope: Scope, at: datetime) -> RunCounts | None:
    due: Subscription | None = None
    try:
        with transaction.atomic():
            # Skipping locked customers, not subscriptions: their due work belongs on one invoice.
            due = (
                billable(scope)
                .filter(next_bill_at__lte=at)
                .select_related("customer__brand")
                .select_for_update(skip_locked=True, of=("customer",), no_key=True)
                .first()
            )
            if due is None:
                return None
            subscriptions = lock_due_subscriptions(customer=due.customer, at=at)
            if not subscriptions:
                # Another worker billed this customer between the choice and the lock.
                return RunCounts()
            invoices = bill_due_subscriptions(customer=due.customer, due=subscriptions, at=at)
            return RunCounts(customers_billed=1, invoices_finalized=len(invoices))
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        if due is None:
            raise
        logger.exception("billing_parked", customer_id=due.customer_id)
        park_customer(customer_id=due.customer_id, error=error, due_at=due.next_bill_at or at, at=at)
        return RunCounts(customers_parked=1)
