from __future__ import annotations

from datetime import datetime

from apps.payments.selectors import default_method
from apps.plans.enums import TrialEnd
from apps.plans.models import PlanVersion
from apps.plans.selectors import prices_of, published_version
from apps.subscriptions.enums import CancelReason, ChangeKind, CollectionMethod, PhaseKind
from apps.subscriptions.models import Phase, ScheduledChange, Subscription
from apps.subscriptions.selectors import pending_change
from apps.subscriptions.services.convert_trial import convert_trial
from apps.subscriptions.services.end import end_subscription
from apps.subscriptions.services.settle_change import settle_change
from apps.subscriptions.services.switch_plan import switch_plan


def settle_boundary(
    *, subscription: Subscription, at: datetime, running: Phase | None = None
) -> Phase | None:
    """Do what happens to a locked subscription at `at` before its next periods open.

    A scheduled change that is due is applied; a trial that ends becomes the paid plan, falls back
    to the free one, or ends, by the plan version's rule. Returns the phase that goes on, None when
    the subscription ended. `running` is the phase that runs until now, where the caller knows it.
    Runs in the caller's transaction.
    """
    phase = running or subscription.phases.filter(starts_at__lte=at).latest("starts_at", "id")
    change = pending_change(subscription.pk)
    if change is not None and change.effective_at > at:
        change = None
    if change is not None:
        settle_change(change=change, at=at)
        if change.kind == ChangeKind.CANCEL:
            end_subscription(subscription=subscription, at=at, reason=change.reason, comment=change.comment)
            return None
    if phase.kind == PhaseKind.TRIAL and phase.ends_at is not None and phase.ends_at <= at:
        return _end_trial(subscription, phase, change, at)
    return _change_plan(subscription, phase, change, at) if change is not None else phase


def _change_plan(subscription: Subscription, phase: Phase, change: ScheduledChange, at: datetime) -> Phase:
    version, quantity = _target(subscription, change)
    return switch_plan(
        subscription=subscription,
        phase=phase,
        version=version,
        prices=prices_of(version, subscription.currency),
        quantity=quantity,
        at=at,
    )


def _target(subscription: Subscription, change: ScheduledChange | None) -> tuple[PlanVersion, int]:
    version = change.plan_version if change and change.plan_version else subscription.plan_version
    quantity = change.quantity if change and change.quantity else subscription.quantity
    return version, quantity


def _end_trial(
    subscription: Subscription, trial: Phase, change: ScheduledChange | None, at: datetime
) -> Phase | None:
    version, quantity = _target(subscription, change)
    rule = trial.plan_version.trial_end
    falls_back = rule != TrialEnd.CONVERT and not version.plan.is_free and not _will_be_paid(subscription)
    if falls_back:
        if rule == TrialEnd.CANCEL or trial.plan_version.trial_end_plan is None:
            end_subscription(subscription=subscription, at=at, reason=CancelReason.TRIAL_ENDED)
            return None
        version = published_version(
            plan_code=trial.plan_version.trial_end_plan.code, brand_id=subscription.brand_id
        )
        quantity = 1
    return convert_trial(
        subscription=subscription,
        trial=trial,
        version=version,
        prices=prices_of(version, subscription.currency),
        quantity=quantity,
        falls_back=falls_back,
        at=at,
    )


def _will_be_paid(subscription: Subscription) -> bool:
    if subscription.collection_method == CollectionMethod.SEND_INVOICE:
        return True
    return default_method(subscription.customer_id) is not None
