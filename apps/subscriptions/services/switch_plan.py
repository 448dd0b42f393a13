from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.audit.services.record import record_event
from apps.plans.enums import PeriodAlignment
from apps.plans.models import PlanVersion, Price
from apps.plans.policies import IntervalChange, policies_of
from apps.pricing.periods.wall_clock import local_day
from apps.subscriptions.enums import PhaseKind
from apps.subscriptions.models import Phase, Subscription
from apps.subscriptions.schedule import main_cadence
from apps.subscriptions.services.begin_phase import PhaseTerms, begin_phase
from apps.subscriptions.services.end_phase import end_phase


@dataclass(frozen=True, slots=True)
class PlanTarget:
    """Where a subscription goes: a version, its prices in the subscription's currency, and how much of it.

    `keeps_paid` leaves what was paid to the new plan until it ends, `restarts_period` begins a new full
    period; with `trial_ends_at` (UTC) the target is a trial until then. A `billing_day` is that of the
    periods to come.
    """

    version: PlanVersion
    prices: Sequence[Price]
    quantity: int = 1
    restarts_period: bool = False
    trial_ends_at: datetime | None = None
    keeps_paid: bool = False
    billing_day: int | None = None


def switch_plan(*, subscription: Subscription, phase: Phase, to: PlanTarget, at: datetime) -> Phase:
    """Move a locked subscription to another version (or quantity) at `at`, in the caller's transaction.

    The anchor and its zone stay when the billing period's length and alignment stay, so a change on
    28 February of a subscription that began on a 31st renews on 31 March; otherwise counting starts
    at `at`, in the customer's zone, unless the policy `interval_change` keeps it. Periods that are aligned to
    a billing day are counted from `at` to that day anew, but for another quantity of the same version. A
    trial's own anchor never lives on: the paid phase counts from its start. Where the anchor stays, a fee of
    the same price and quantity goes on.
    """
    keeps_anchor = not to.restarts_period and _keeps_anchor(phase, to)
    end_phase(phase=phase, at=at)
    began = begin_phase(
        subscription=subscription,
        terms=PhaseTerms(
            kind=PhaseKind.TRIAL if to.trial_ends_at else PhaseKind.REGULAR,
            ends_at=to.trial_ends_at,
            version=to.version,
            prices=to.prices,
            quantity=to.quantity,
            anchor_at=phase.anchor_at if keeps_anchor else at,
            # The two belong together: the same instant may be another day elsewhere.
            anchor_zone=phase.anchor_zone if keeps_anchor else subscription.customer.time_zone,
            billing_day=_billing_day(phase, to, at),
            continues=phase if to.keeps_paid else None,
            before=phase if keeps_anchor else None,
        ),
        at=at,
    )
    _record(subscription, to.version, to.quantity, at)
    subscription.plan_version, subscription.quantity = to.version, to.quantity
    subscription.save(update_fields=["plan_version", "quantity"])
    return began


def _keeps_anchor(phase: Phase, to: PlanTarget) -> bool:
    if phase.kind != PhaseKind.REGULAR or phase.alignment != to.version.alignment:
        return False
    if phase.alignment == PeriodAlignment.BILLING_DAY:
        # A quantity moves no renewal of a quarter or year; another plan is counted to the billing day anew.
        same_day = to.billing_day in (None, phase.billing_day)
        return same_day and to.version.pk == phase.plan_version_id
    return _keeps_cadence(phase, to)


def _keeps_cadence(phase: Phase, to: PlanTarget) -> bool:
    before = [item.price for item in phase.items.select_related("price").order_by("id")]
    if main_cadence(before) == main_cadence(to.prices):
        return True
    return policies_of(to.version).interval_change is IntervalChange.KEEP_ANNIVERSARY


def _billing_day(phase: Phase, to: PlanTarget, at: datetime) -> int | None:
    """The target's billing day, or the phase's; where a new full period begins, the day on which it does."""
    if to.billing_day is not None:
        return to.billing_day
    if phase.billing_day is None or phase.kind != PhaseKind.REGULAR:
        return None
    keeps_day = policies_of(to.version).interval_change is not IntervalChange.RESTART_NOW
    kept = not to.restarts_period and (keeps_day or _keeps_cadence(phase, to))
    return phase.billing_day if kept else local_day(at, phase.anchor_zone).day


def _record(subscription: Subscription, version: PlanVersion, quantity: int, at: datetime) -> None:
    before = subscription.plan_version.plan
    if version.pk != subscription.plan_version_id:
        record_event(
            name="subscription.plan_changed",
            subject=subscription,
            at=at,
            data={"from": before.code, "to": version.plan.code, "to_name": version.plan.name},
        )
    if quantity != subscription.quantity:
        record_event(
            name="subscription.quantity_changed",
            subject=subscription,
            at=at,
            data={"from": subscription.quantity, "to": quantity},
        )
