from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from apps.billing.selectors import overdue_invoice_of
from apps.billing.services.run.settle_trial import change_in_trial, end_trial
from apps.plans.models import PlanVersion
from apps.plans.policies import ChangeCredit, PauseCredit, TerminationCredit, policies_of
from apps.plans.selectors import prices_of
from apps.subscriptions.enums import ChangeKind, SubscriptionStatus, UnusedPart
from apps.subscriptions.models import Phase, ScheduledChange, Subscription
from apps.subscriptions.quantities import quantities_after
from apps.subscriptions.selectors import pending_changes
from apps.subscriptions.services.begin import begin_subscription
from apps.subscriptions.services.end import end_subscription
from apps.subscriptions.services.mark_past_due import mark_past_due
from apps.subscriptions.services.pause import pause_subscription
from apps.subscriptions.services.resume import resume_subscription
from apps.subscriptions.services.settle_change import settle_change
from apps.subscriptions.services.switch_plan import PlanTarget, switch_plan

_OF_CHANGE = {
    ChangeCredit.SAME_INVOICE: UnusedPart.SAME_INVOICE,
    ChangeCredit.CREDIT_NOTE: UnusedPart.CREDIT_NOTE,
    ChangeCredit.NONE: UnusedPart.NONE,
}
_OF_END = {
    TerminationCredit.NONE: UnusedPart.NONE,
    TerminationCredit.CREDIT_NOTE: UnusedPart.CREDIT_NOTE,
    TerminationCredit.ACCOUNT_CREDIT: UnusedPart.SAME_INVOICE,
}
_OF_PAUSE = {
    PauseCredit.CREDIT_UNUSED_PART: UnusedPart.SAME_INVOICE,
    PauseCredit.BILL_USED_PART_NOW: UnusedPart.NONE,
}


@dataclass(frozen=True, slots=True)
class Settled:
    """What a boundary came to: the phase that goes on (None: ended or paused), and what becomes of the
    unused part of fees that were paid in advance.

    `planned` says what is still scheduled, by the instant at which it takes effect.
    """

    phase: Phase | None
    unused: UnusedPart = UnusedPart.NONE
    planned: Mapping[datetime, str] = field(default_factory=dict)


def settle_boundary(*, subscription: Subscription, at: datetime, running: Phase | None = None) -> Settled:
    """Do what happens to a locked subscription at `at` before its next periods open.

    Scheduled changes that are due are applied, in their order; a trial that ends becomes the paid plan,
    falls back, pauses or ends, by the plan version's rule. `running` is the phase that runs until now, where
    the caller knows it. Runs in the caller's transaction.
    """
    if subscription.status == SubscriptionStatus.SCHEDULED:
        begin_subscription(subscription=subscription, at=at)
    phase = running or subscription.phases.filter(starts_at__lte=at).latest("starts_at", "id")
    pending = pending_changes(subscription.pk)
    settled = _settle(subscription, phase, [c for c in pending if c.effective_at <= at], at)
    return replace(settled, planned={c.effective_at: c.kind for c in pending if c.effective_at > at})


def _settle(
    subscription: Subscription, phase: Phase, changes: Sequence[ScheduledChange], at: datetime
) -> Settled:
    if subscription.status == SubscriptionStatus.PAUSED and not _resumes(changes):
        # What else is due waits until it goes on.
        changes = [change for change in changes if change.kind == ChangeKind.CANCEL]
    final = _final(subscription, changes)
    if final is not None:
        # A plan that is due waits for the end of the pause.
        changes = [c for c in changes if c.kind == final.kind or c.kind == ChangeKind.RESUME]
    for change in changes:
        settle_change(change=change, at=at)
    if final is not None:
        return _stop(subscription, phase, final, at)
    wanted = _wanted(subscription, changes)
    if subscription.status == SubscriptionStatus.PAUSED:
        return Settled(_resume(subscription, wanted, at) if _resumes(changes) else None)
    if subscription.status == SubscriptionStatus.TRIALING:
        return _settle_trial(subscription, phase, wanted, at)
    return Settled(phase) if wanted is None else _change(subscription, phase, wanted, at)


def _wanted(subscription: Subscription, changes: Sequence[ScheduledChange]) -> ScheduledChange | None:
    """What the changes of one instant come to: the last word of each, as one change."""
    moves = [c for c in changes if c.kind in (ChangeKind.PLAN, ChangeKind.QUANTITY, ChangeKind.BILLING_DAY)]
    if not moves:
        return None
    wanted = moves[-1]
    plans = [c.plan_version for c in moves if c.kind == ChangeKind.PLAN]
    # A wish for more seats names the version of the day it was made: a move since then stays.
    wanted.plan_version = plans[-1] if plans else None
    wished = any(_wishes_quantity(c, subscription) for c in moves)
    wanted.quantity = next((c.quantity for c in reversed(moves) if c.quantity), None)
    wanted.billing_day = next((c.billing_day for c in reversed(moves) if c.billing_day), None)
    named = {code: quantity for change in moves for code, quantity in change.quantities.items()}
    if named or subscription.quantities:
        version, _ = target_of(subscription, wanted)
        subscription.quantities = quantities_after(
            prices_of(version, subscription.currency),
            subscription.quantities,
            named=named,
            wished=wished,
        )
        subscription.save(update_fields=["quantities"])
    return wanted


def _wishes_quantity(change: ScheduledChange, subscription: Subscription) -> bool:
    """Whether a change is about the quantity of all seat prices; one of single prices repeats it."""
    is_repeated = change.kind == ChangeKind.QUANTITY and bool(change.quantities)
    return change.quantity is not None and not (is_repeated and change.quantity == subscription.quantity)


def _settle_trial(
    subscription: Subscription, phase: Phase, wanted: ScheduledChange | None, at: datetime
) -> Settled:
    version, quantity = target_of(subscription, wanted)
    ends_at = subscription.trial_ends_at
    if ends_at is None or ends_at <= at:
        return Settled(end_trial(subscription, phase, version, quantity, at))
    if wanted is not None:
        return Settled(change_in_trial(subscription, phase, version, quantity, at))
    return Settled(phase)


def unused_at_end(version: PlanVersion, chosen: str = "") -> UnusedPart:
    """What becomes of the unused paid part when a subscription of this version ends, unless chosen."""
    return UnusedPart(chosen) if chosen else _OF_END[policies_of(version).termination_credit]


def target_of(subscription: Subscription, change: ScheduledChange | None) -> tuple[PlanVersion, int]:
    """The version and quantity that a change leads to; without one, those of now."""
    version = change.plan_version if change and change.plan_version else subscription.plan_version
    quantity = change.quantity if change and change.quantity else subscription.quantity
    return version, quantity


def _resumes(changes: Sequence[ScheduledChange]) -> bool:
    return any(change.kind == ChangeKind.RESUME for change in changes)


def _final(subscription: Subscription, changes: Sequence[ScheduledChange]) -> ScheduledChange | None:
    """The end among the changes of one instant, or else the pause of what runs; None where it goes on."""
    paused = subscription.status == SubscriptionStatus.PAUSED
    kinds = (ChangeKind.CANCEL,) if paused else (ChangeKind.CANCEL, ChangeKind.PAUSE)
    return next((change for kind in kinds for change in changes if change.kind == kind), None)


def _stop(subscription: Subscription, phase: Phase, change: ScheduledChange, at: datetime) -> Settled:
    version = subscription.plan_version
    if change.kind == ChangeKind.CANCEL:
        end_subscription(subscription=subscription, at=at, reason=change.reason, comment=change.comment)
        return Settled(None, unused_at_end(version, change.unused_part))
    pause_subscription(subscription=subscription, phase=phase, at=at)
    return Settled(None, UnusedPart(change.unused_part or _OF_PAUSE[policies_of(version).pause]))


def _resume(subscription: Subscription, change: ScheduledChange | None, at: datetime) -> Phase:
    phase = resume_subscription(subscription=subscription, to=_target(subscription, change), at=at)
    overdue = overdue_invoice_of(subscription.pk)
    if overdue is not None:
        # What could not be collected before the pause, or in it, still cannot.
        marked = mark_past_due(subscription_id=subscription.pk, at=at, invoice_id=overdue.public_id)
        subscription.status = marked.status
    return phase


def _change(subscription: Subscription, phase: Phase, change: ScheduledChange, at: datetime) -> Settled:
    policies = policies_of(phase.plan_version)
    keeps_paid = not change.prorates and not change.restarts_period
    to = replace(_target(subscription, change), keeps_paid=keeps_paid)
    began = switch_plan(subscription=subscription, phase=phase, to=to, at=at)
    if not change.prorates:
        return Settled(began, UnusedPart.NONE)
    return Settled(began, UnusedPart(change.unused_part or _OF_CHANGE[policies.change_credit]))


def _target(subscription: Subscription, change: ScheduledChange | None) -> PlanTarget:
    version, quantity = target_of(subscription, change)
    prices = prices_of(version, subscription.currency)
    return PlanTarget(
        version,
        prices,
        quantity,
        restarts_period=bool(change and change.restarts_period),
        billing_day=change.billing_day if change else None,
    )
