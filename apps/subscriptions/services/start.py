from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from apps.audit.services.record import record_event
from apps.customers.models import Customer
from apps.plans.models import PlanVersion, Price
from apps.plans.policies import TrialKind, policies_of
from apps.pricing.periods.wall_clock import instant_of, local_day, local_time
from apps.subscriptions.enums import CollectionMethod, PhaseKind, SubscriptionStatus
from apps.subscriptions.errors import SubscriptionRefused
from apps.subscriptions.models import Subscription
from apps.subscriptions.services.begin_phase import PhaseTerms, begin_phase


@dataclass(frozen=True, slots=True)
class SubscriptionTerms:
    """What is subscribed to: a published version, its prices in one currency, and how much of it.

    `quantities` are those of single seat prices, by price code. `starts_at` (UTC) is the start where that is
    not now. A trial lasts `trial_days`, counted from `trial_from` where a first start gave them already, or
    until `trial_until` (UTC). `billing_day` is read where the version aligns periods to one.
    """

    version: PlanVersion
    prices: Sequence[Price]
    currency: str
    quantity: int = 1
    quantities: Mapping[str, int] = field(default_factory=dict)
    starts_at: datetime | None = None
    trial_days: int = 0
    trial_from: datetime | None = None
    trial_until: datetime | None = None
    billing_day: int | None = None
    parent: Subscription | None = None
    external_id: str | None = None
    collection_method: CollectionMethod = CollectionMethod.CHARGE_AUTOMATICALLY
    metadata: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def start_subscription(*, customer: Customer, terms: SubscriptionTerms, at: datetime) -> Subscription:
    """Make a subscription at `at` (UTC) that begins then, or began, or will begin, at its `starts_at`; in
    trial or at once. Its first bill is due at the start.

    A trial of n days ends at the same local clock time n days later, in the customer's zone. The anchor of
    a subscription without trial is its start; a trial moves it to the trial's end, unless the policy
    `trial_kind` lets periods run from the start and only frees the fee.

    Raises:
        SubscriptionRefused: a running subscription has the same external id (409).
    """
    starts_at = terms.starts_at or at
    trial_ends_at = trial_end_of_terms(terms, starts_at, customer.time_zone)
    is_phase = policies_of(terms.version).trial_kind is TrialKind.PHASE
    subscription = create_subscription(
        customer=customer, terms=terms, starts_at=starts_at, trial_ends_at=trial_ends_at, at=at
    )
    begin_phase(
        subscription=subscription,
        terms=PhaseTerms(
            kind=PhaseKind.TRIAL if trial_ends_at and is_phase else PhaseKind.REGULAR,
            version=terms.version,
            prices=terms.prices,
            quantity=terms.quantity,
            anchor_at=starts_at,
            anchor_zone=customer.time_zone,
            ends_at=trial_ends_at if is_phase else None,
            billing_day=terms.billing_day,
        ),
        at=starts_at,
    )
    _record(subscription, at)
    return subscription


def _record(subscription: Subscription, at: datetime) -> None:
    plan, ends_at = subscription.plan_version.plan, subscription.trial_ends_at
    data = {
        "plan": plan.code,
        "plan_name": plan.name,
        "status": subscription.status,
        "starts_at": subscription.started_at.isoformat(),
        "trial_ends_at": ends_at.isoformat() if ends_at else None,
    }
    record_event(name="subscription.created", subject=subscription, at=at, data=data)
    if subscription.status == SubscriptionStatus.ACTIVE:
        started_at = subscription.started_at
        record_event(
            name="subscription.activated", subject=subscription, at=started_at, data={"plan": plan.code}
        )


def trial_end_of_terms(terms: SubscriptionTerms, starts_at: datetime, zone: str) -> datetime | None:
    """When the trial of what starts at `starts_at` ends (UTC); None where there is none, or it is over."""
    ends_at = terms.trial_until or trial_end(terms.trial_from or starts_at, terms.trial_days, zone)
    return ends_at if ends_at is not None and ends_at > starts_at else None


def trial_end(at: datetime, days: int, zone: str) -> datetime | None:
    """The instant (UTC) at which a trial of `days` local days that starts at `at` ends; None for 0 days."""
    if not days:
        return None
    return instant_of(local_day(at, zone) + timedelta(days=days), local_time(at, zone), zone)


def reminder_of(starts_at: datetime, ends_at: datetime | None) -> datetime | None:
    """When to remind of a trial's end: 7 days before, as card networks ask, or 3 in a short trial."""
    for days in (7, 3):
        if ends_at is not None and ends_at - timedelta(days=days) > starts_at:
            return ends_at - timedelta(days=days)
    return None


def create_subscription(
    *,
    customer: Customer,
    terms: SubscriptionTerms,
    starts_at: datetime,
    trial_ends_at: datetime | None,
    at: datetime,
) -> Subscription:
    """The row of a subscription without any phase yet, in the caller's transaction; all in UTC.

    Raises:
        SubscriptionRefused: a running subscription has the same external id (409).
    """
    status = SubscriptionStatus.TRIALING if trial_ends_at else SubscriptionStatus.ACTIVE
    try:
        with transaction.atomic():
            return Subscription.objects.create(
                brand_id=customer.brand_id,
                livemode=customer.livemode,
                customer=customer,
                external_id=terms.external_id,
                plan_version=terms.version,
                currency=terms.currency,
                quantity=terms.quantity,
                quantities=dict(terms.quantities),
                parent=terms.parent,
                status=SubscriptionStatus.SCHEDULED if starts_at > at else status,
                collection_method=terms.collection_method,
                started_at=starts_at,
                trial_ends_at=trial_ends_at,
                trial_reminder_at=reminder_of(starts_at, trial_ends_at),
                current_period_starts_at=starts_at,
                current_period_ends_at=trial_ends_at or starts_at,
                next_bill_at=starts_at,
                metadata=dict(terms.metadata),
                created_at=at,
            )
    except IntegrityError as error:
        raise SubscriptionRefused(
            f"A running subscription already has the external id '{terms.external_id}'.", field="external_id"
        ) from error
