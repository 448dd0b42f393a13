from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from apps.billing.services.run.finalize_waiting import finalize_before_billing
from apps.billing.services.run.issue_invoices import issue_invoices
from apps.billing.services.run.turn_subscriptions import turn_subscriptions
from apps.customers.models import Customer
from apps.invoices.models import Invoice
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
    now_due = [subscription for subscription in due if subscription.next_bill_at == instant]
    waited = finalize_before_billing(customer=customer, subscriptions=now_due, at=at, instant=instant)
    billed = turn_subscriptions(due=now_due, instant=instant, below=below)
    return waited + issue_invoices(customer=customer, billed=billed, at=at, instant=instant)


def catch_up(
    *, customer: Customer, subscription: Subscription, at: datetime, below: int | None = None
) -> list[Invoice]:
    """Bill the boundaries of a locked subscription before `at` to which no run has come yet, oldest first.

    `below` is a usage watermark.
    """
    invoices: list[Invoice] = []
    while subscription.next_bill_at is not None and subscription.next_bill_at < at:
        invoices += bill_due_subscriptions(customer=customer, due=[subscription], at=at, below=below)
    return invoices


def bill_through(*, customer: Customer, subscription: Subscription, at: datetime) -> list[Invoice]:
    """Bill the boundaries of a locked subscription up to and including `at`, oldest first."""
    invoices: list[Invoice] = []
    while subscription.next_bill_at is not None and subscription.next_bill_at <= at:
        invoices += bill_due_subscriptions(customer=customer, due=[subscription], at=at)
    return invoices
