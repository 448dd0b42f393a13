from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from apps.audit.services.record import record_event
from apps.customers.models import Customer
from apps.plans.enums import PeriodAlignment
from apps.plans.policies import TrialKind, policies_of
from apps.pricing.periods.cadence import Cadence, Interval
from apps.pricing.periods.period import Period
from apps.pricing.periods.schedule import period_containing
from apps.pricing.periods.wall_clock import local_day
from apps.subscriptions.enums import PhaseKind, SubscriptionStatus
from apps.subscriptions.errors import AdoptionRefused
from apps.subscriptions.models import Phase, Subscription, SubscriptionPeriod
from apps.subscriptions.schedule import cadence_code, main_cadence, phase_schedule, whole_period
from apps.subscriptions.selectors import items_of
from apps.subscriptions.services.begin_phase import PhaseTerms, begin_phase
from apps.subscriptions.services.plan_next_bill import plan_next_bill
from apps.subscriptions.services.start import SubscriptionTerms, create_subscription, reminder_of


@dataclass(frozen=True, slots=True)
class Adoption:
    """A contract that runs elsewhere: what it is for, since when, and what is paid there (UTC, half-open).

    A trial that runs on ends at `terms.trial_until`. Periods are counted from the `anchor_at`; without it
    from the end of the trial, the start, or else the end of the paid period, whichever gives that period.
    """

    terms: SubscriptionTerms
    started_at: datetime
    paid: Period
    anchor_at: datetime | None = None


def adopt_subscription(*, customer: Customer, adoption: Adoption, at: datetime) -> Subscription:
    """Take over a running contract at `at` (UTC), in the caller's transaction.

    Its running period counts as billed elsewhere: what is paid in advance for it is never billed here. The
    next bill comes at its end, with the arrears and the usage that are stored here by then.

    Raises:
        AdoptionRefused: the paid period is not one of the plan's; `field` names the part (422).
        SubscriptionRefused: a running subscription has the same external id (409).
    """
    trial_ends_at = _trial_end(adoption, at)
    phase_terms = _phase_terms(customer, adoption, trial_ends_at)
    subscription = create_subscription(
        customer=customer,
        terms=adoption.terms,
        starts_at=adoption.started_at,
        trial_ends_at=trial_ends_at,
        at=at,
    )
    subscription.trial_reminder_at = reminder_of(at, trial_ends_at)
    started_at = phase_terms.anchor_at if phase_terms.kind == PhaseKind.TRIAL else adoption.started_at
    phase = begin_phase(
        subscription=subscription, terms=phase_terms, at=min(started_at, adoption.paid.starts_at)
    )
    _open_paid_periods(subscription, phase, adoption.paid, at)
    plan_next_bill(subscription)
    subscription.save(
        update_fields=[
            "trial_reminder_at",
            "current_period_starts_at",
            "current_period_ends_at",
            "next_bill_at",
        ]
    )
    _record(subscription, at)
    return subscription


def _trial_end(adoption: Adoption, at: datetime) -> datetime | None:
    ends_at = adoption.terms.trial_until
    return ends_at if ends_at is not None and ends_at > at else None


def _phase_terms(customer: Customer, adoption: Adoption, trial_ends_at: datetime | None) -> PhaseTerms:
    terms = adoption.terms
    is_phase = trial_ends_at and policies_of(terms.version).trial_kind is TrialKind.PHASE
    billing_day = terms.billing_day or customer.billing_day
    return PhaseTerms(
        kind=PhaseKind.TRIAL if is_phase else PhaseKind.REGULAR,
        version=terms.version,
        prices=terms.prices,
        quantity=terms.quantity,
        anchor_at=adoption.started_at if is_phase else _anchor(customer, adoption, billing_day),
        anchor_zone=customer.time_zone,
        ends_at=trial_ends_at if is_phase else None,
        billing_day=billing_day or local_day(adoption.paid.ends_at, customer.time_zone).day,
    )


def _anchor(customer: Customer, adoption: Adoption, billing_day: int | None) -> datetime:
    """From where periods are counted so that the paid one ends where it does."""
    ends_at, zone = adoption.paid.ends_at, customer.time_zone
    terms = adoption.terms
    starts = [start for start in (terms.trial_until, adoption.started_at) if start is not None]
    candidates = [adoption.anchor_at] if adoption.anchor_at else [*starts, ends_at]
    aligned = terms.version.alignment == PeriodAlignment.BILLING_DAY
    for anchor_at in candidates:
        phase = Phase(
            plan_version=terms.version,
            starts_at=min(anchor_at, adoption.paid.starts_at),
            anchor_at=min(anchor_at, adoption.paid.starts_at) if aligned else anchor_at,
            anchor_zone=zone,
            anchor_precision=policies_of(terms.version).anchor_precision,
            alignment=terms.version.alignment,
            billing_day=(billing_day or local_day(ends_at, zone).day) if aligned else None,
        )
        if local_day(_boundary(phase, adoption), zone) == local_day(ends_at, zone):
            return phase.anchor_at
    raise AdoptionRefused("No period of this plan ends then.", field="current_period_end")


def _boundary(phase: Phase, adoption: Adoption) -> datetime:
    """The end of the period that holds the last instant of what is paid."""
    cadence = Cadence(*_main(adoption))
    return period_containing(
        phase_schedule(phase, cadence), adoption.paid.ends_at - datetime.resolution
    ).ends_at


def _main(adoption: Adoption) -> tuple[Interval, int]:
    interval, count = main_cadence(adoption.terms.prices)
    return Interval(interval), count


def _open_paid_periods(subscription: Subscription, phase: Phase, paid: Period, at: datetime) -> None:
    """The running periods: the paid one, and those of other cadences, such as usage of a yearly plan."""
    items = items_of(phase)
    main = main_cadence([item.price for item in items])
    now = min(max(at, paid.starts_at), paid.ends_at - datetime.resolution)
    for cadence in sorted({(item.price.interval, item.price.interval_count) for item in items}):
        part, full = _bounds(phase, cadence, paid if cadence == main else None, now)
        SubscriptionPeriod.objects.create(
            subscription=subscription,
            phase=phase,
            interval=cadence[0],
            interval_count=cadence[1],
            cadence=cadence_code(*cadence),
            starts_at=part.starts_at,
            ends_at=part.ends_at,
            full_starts_at=full.starts_at,
            full_ends_at=full.ends_at,
        )
        if cadence == main:
            subscription.current_period_starts_at = part.starts_at
            subscription.current_period_ends_at = part.ends_at


def _bounds(
    phase: Phase, cadence: tuple[str, int], paid: Period | None, now: datetime
) -> tuple[Period, Period]:
    counted = Cadence(Interval(cadence[0]), cadence[1])
    if phase.kind == PhaseKind.TRIAL and phase.ends_at is not None:
        trial = Period(phase.starts_at, phase.ends_at)
        return trial, trial
    if paid is not None:
        return paid, whole_period(phase, counted, paid.ends_at - datetime.resolution)
    return period_containing(phase_schedule(phase, counted), now), whole_period(phase, counted, now)


def _record(subscription: Subscription, at: datetime) -> None:
    plan = subscription.plan_version.plan
    data = {
        "plan": plan.code,
        "plan_name": plan.name,
        "status": subscription.status,
        "starts_at": subscription.started_at.isoformat(),
        "imported": True,
    }
    record_event(name="subscription.created", subject=subscription, at=at, data=data)
    if subscription.status == SubscriptionStatus.ACTIVE:
        record_event(name="subscription.activated", subject=subscription, at=at, data={"plan": plan.code})
