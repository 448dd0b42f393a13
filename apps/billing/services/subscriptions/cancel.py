from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from apps.billing.services.run.bill_customer import catch_up, lock_billed_customer
from apps.billing.services.run.cut_short import cut_short
from apps.billing.services.run.finalize_waiting import finalize_before_billing
from apps.billing.services.run.issue_invoices import issue_invoices
from apps.billing.services.run.settle_boundary import unused_at_end
from apps.billing.services.run.turn_subscriptions import turn_add_ons
from apps.billing.services.subscriptions.follow_parent import Standing
from apps.billing.services.subscriptions.make_change import (
    ChangeMade,
    bill_what_is_late,
    hold_subscription,
    make_change,
    period_end,
)
from apps.billing.services.usage.rate_late_usage import rate_late_usage
from apps.invoices.models import Invoice
from apps.subscriptions.enums import ChangeKind
from apps.subscriptions.models import ScheduledChange, Subscription
from apps.subscriptions.selectors import add_ons_of
from apps.subscriptions.services.end import end_subscription
from apps.subscriptions.services.lock import lock_subscription
from apps.subscriptions.services.schedule_change import ChangeTerms, schedule_change


@transaction.atomic
def cancel_now(
    *,
    subscription_id: int,
    reason: str,
    comment: str,
    at: datetime,
    unused_part: str = "",
    below: int | None = None,
) -> list[Invoice]:
    """Cancel at once: the running period is cut at `at`, its usage and arrears are billed.

    Boundaries that passed unbilled, because the run is late, are billed first. What was paid in advance and
    is not used goes where `unused_part` says, or else the policy `termination_credit` of the plan. Add-ons
    end with it. Everything happens in one transaction. `below` is a usage watermark.

    Raises:
        SubscriptionRefused: it is canceled already (409).
    """
    owner = Subscription.objects.only("customer_id").get(pk=subscription_id).customer_id
    customer = lock_billed_customer(customer_id=owner)
    subscription = lock_subscription(subscription_id=subscription_id)
    subscription.customer = customer
    late = catch_up(customer=customer, subscription=subscription, at=at, below=below)
    late += finalize_before_billing(
        customer=customer, subscriptions=[subscription, *add_ons_of(subscription.pk)], at=at
    )
    unused = unused_at_end(subscription.plan_version, unused_part)
    late_usage = rate_late_usage(subscription=subscription, at=at, below=below)
    before = Standing.of(subscription)
    end_subscription(subscription=subscription, at=at, reason=reason, comment=comment)
    owed = cut_short(subscription=subscription, at=at, unused=unused, below=below)
    owed = replace(owed, charges=owed.charges + late_usage.charges, credits=owed.credits + late_usage.credits)
    add_ons = turn_add_ons(parent=subscription, before=before, at=at, unused_part=unused_part, below=below)
    return late + issue_invoices(customer=customer, billed=[(subscription, owed), *add_ons], at=at)


@transaction.atomic
def cancel_at_period_end(
    *, subscription: Subscription, reason: str, comment: str, at: datetime, below: int | None = None
) -> ChangeMade:
    """Let a subscription run to the end of what is paid (or of its trial), and then end.

    Boundaries that passed unbilled, because the run is late, are billed first. One that is paused beyond the
    period it was paused in ends at once. `below` is a usage watermark.

    Raises:
        SubscriptionRefused: it is canceled already (409).
    """
    # What the caller has read may be a period old by now.
    held = hold_subscription(subscription_id=subscription.pk)
    late = bill_what_is_late(subscription=held, at=at, below=below)
    made = make_change(
        subscription=held,
        terms=ChangeTerms(kind=ChangeKind.CANCEL, reason=reason, comment=comment),
        effective_at=period_end(held, at),
        at=at,
        below=below,
    )
    return ChangeMade(made.change, late + made.invoices)


@transaction.atomic
def cancel_on(
    *,
    subscription_id: int,
    effective_at: datetime,
    reason: str,
    comment: str,
    at: datetime,
    unused_part: str = "",
) -> ScheduledChange:
    """Let a subscription end on a day to come (`effective_at`, UTC, exclusive); it can be taken back until
    then.

    What is paid beyond that day goes where `unused_part` says, or else by the policy `termination_credit`.

    Raises:
        SubscriptionRefused: it is canceled already, or the day is past (409).
    """
    return schedule_change(
        subscription_id=subscription_id,
        terms=ChangeTerms(kind=ChangeKind.CANCEL, reason=reason, comment=comment, unused_part=unused_part),
        effective_at=effective_at,
        at=at,
    )
