from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.billing.services.bill_subscription import Owed, owed_at
from apps.billing.services.issue_invoices import issue_invoices
from apps.customers.models import Customer
from apps.invoices.models import Invoice
from apps.subscriptions.enums import LIVE_STATUSES
from apps.subscriptions.models import Subscription


@transaction.atomic
def bill_customer(*, customer_id: int, at: datetime) -> list[Invoice]:
    """Bill everything that came due for a customer at one instant, the earliest that is not after `at`.

    All subscriptions due at that instant share invoices. Periods are those of the instant, however
    late it is; the invoice is dated `at`. Nothing due gives nothing. One transaction: either the
    periods turned, the invoice has its number and its collection is open, or nothing happened.
    """
    customer = lock_billed_customer(customer_id=customer_id)
    due = lock_due_subscriptions(customer=customer, at=at)
    return bill_due_subscriptions(customer=customer, due=due, at=at) if due else []


def lock_billed_customer(*, customer_id: int) -> Customer:
    """A customer who is about to be billed, with the brand, held until the caller's transaction ends.

    Every path that bills takes the customer first, so two workers cannot wait for each other.
    """
    return (
        Customer.objects.select_related("brand")
        .select_for_update(of=("self",), no_key=True)
        .get(pk=customer_id)
    )


def lock_due_subscriptions(*, customer: Customer, at: datetime) -> list[Subscription]:
    """What is due at or before `at` of a customer whom the caller's transaction holds, the earliest first."""
    due = list(
        Subscription.objects.select_related("plan_version__plan")
        .select_for_update(of=("self",), no_key=True)
        .filter(customer=customer, next_bill_at__lte=at)
        .order_by("next_bill_at", "pk")
    )
    for subscription in due:
        subscription.customer = customer
    return due


def bill_due_subscriptions(
    *, customer: Customer, due: Sequence[Subscription], at: datetime, below: int | None = None
) -> list[Invoice]:
    """Bill those of the locked subscriptions that are due at the earliest instant of them.

    `below` is a usage watermark: what was stored later is left to a later bill.
    """
    instant = due[0].next_bill_at or at
    billed = [(s, _turn(s, instant, below)) for s in due if s.next_bill_at == instant]
    return issue_invoices(customer=customer, billed=billed, at=at)


def catch_up(*, customer: Customer, subscription: Subscription, at: datetime) -> list[Invoice]:
    """Bill the boundaries of a locked subscription before `at` to which no run has come yet, oldest first."""
    invoices: list[Invoice] = []
    while subscription.next_bill_at is not None and subscription.next_bill_at < at:
        invoices += bill_due_subscriptions(customer=customer, due=[subscription], at=at)
    return invoices


def _turn(subscription: Subscription, instant: datetime, below: int | None) -> Owed:
    begins = instant in (subscription.started_at, subscription.trial_ends_at)
    ended = subscription.current_period_ends_at == instant
    owed = owed_at(subscription=subscription, at=instant, below=below)
    # Monthly usage of a yearly plan is billed twelve times, and renews nothing.
    turned = subscription.current_period_starts_at == instant
    if turned and ended and not begins and subscription.status in LIVE_STATUSES:
        record_event(
            name="subscription.renewed",
            subject=subscription,
            at=instant,
            data={
                "starts_at": subscription.current_period_starts_at.isoformat(),
                "ends_at": subscription.current_period_ends_at.isoformat(),
            },
        )
    return owed
