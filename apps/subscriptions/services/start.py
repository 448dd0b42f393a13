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
    """What is subscribed to: a published version, its prices in one currency, and how much of it."""

    version: PlanVersion
    prices: Sequence[Price]
    currency: str
    quantity: int = 1
    trial_days: int = 0
    external_id: str | None = None
    collection_method: CollectionMethod = CollectionMethod.CHARGE_AUTOMATICALLY
    metadata: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def start_subscription(*, customer: Customer, terms: SubscriptionTerms, at: datetime) -> Subscription:
    """Begin a subscription at `at` (UTC), in trial or at once; its first bill is due at that instant.

    A trial of n days ends at the same local clock time n days later, in the customer's zone. The anchor of
    a subscription without trial is its start; a trial moves it to the trial's end, unless the policy
    `trial_kind` lets periods run from the start and only frees the fee.

    Raises:
        SubscriptionRefused: a running subscription has the same external id (409).
    """
    trial_ends_at = trial_end(at, terms.trial_days, customer.time_zone)
    is_phase = policies_of(terms.version).trial_kind is TrialKind.PHASE
    subscription = _create(customer, terms, at, trial_ends_at)
    begin_phase(
        subscription=subscription,
        terms=PhaseTerms(
            kind=PhaseKind.TRIAL if trial_ends_at and is_phase else PhaseKind.REGULAR,
            version=terms.version,
            prices=terms.prices,
            quantity=terms.quantity,
            anchor_at=at,
            anchor_zone=customer.time_zone,
            ends_at=trial_ends_at if is_phase else None,
        ),
        at=at,
    )
    ends = trial_ends_at.isoformat() if trial_ends_at else None
    plan = terms.version.plan
    record_event(
        name="subscription.created",
        subject=subscription,
        at=at,
        data={
            "plan": plan.code,
            "plan_name": plan.name,
            "status": subscription.status,
            "trial_ends_at": ends,
        },
    )
    if not trial_ends_at:
        record_event(name="subscription.activated", subject=subscription, at=at, data={"plan": plan.code})
    return subscription


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


def _create(
    customer: Customer, terms: SubscriptionTerms, at: datetime, trial_ends_at: datetime | None
) -> Subscription:
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
                status=SubscriptionStatus.TRIALING if trial_ends_at else SubscriptionStatus.ACTIVE,
                collection_method=terms.collection_method,
                started_at=at,
                trial_ends_at=trial_ends_at,
                trial_reminder_at=reminder_of(at, trial_ends_at),
                current_period_starts_at=at,
                current_period_ends_at=trial_ends_at or at,
                next_bill_at=at,
                metadata=dict(terms.metadata),
                created_at=at,
            )
    except IntegrityError as error:
        raise SubscriptionRefused(
            f"A running subscription already has the external id '{terms.external_id}'.", field="external_id"
        ) from error
