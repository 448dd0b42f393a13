from __future__ import annotations

from datetime import datetime

from apps.payments.selectors import default_method
from apps.plans.enums import TrialEnd
from apps.plans.models import PlanVersion
from apps.plans.policies import TrialOnPlanChange, policies_of
from apps.plans.selectors import newest_published, prices_of
from apps.subscriptions.enums import CancelReason, CollectionMethod
from apps.subscriptions.models import Phase, Subscription
from apps.subscriptions.services.change_trial import change_trial
from apps.subscriptions.services.convert_trial import convert_trial
from apps.subscriptions.services.end import end_subscription
from apps.subscriptions.services.pause import pause_subscription
from apps.subscriptions.services.start import trial_end
from apps.subscriptions.services.switch_plan import PlanTarget


def end_trial(
    subscription: Subscription, trial: Phase, version: PlanVersion, quantity: int, at: datetime
) -> Phase | None:
    """Let a trial of a locked subscription end at `at`: it converts into `version`, or as its rule says.

    Without a way to pay, the rule of the trial's plan version decides: downgrade to the free plan (archived
    or not; where it has no price in the currency the subscription ends), pause, cancel, or convert all the
    same. Returns the phase that goes on, None when it ended or paused.
    """
    if subscription.trial_ends_at is not None and subscription.trial_ends_at > at:
        # It ends early: what comes is paid for from now on, not from when the trial would have ended.
        subscription.trial_ends_at, subscription.trial_reminder_at = at, None
        subscription.save(update_fields=["trial_ends_at", "trial_reminder_at"])
    rule = trial.plan_version.trial_end
    falls_back = rule != TrialEnd.CONVERT and not version.plan.is_free and not _will_be_paid(subscription)
    if falls_back and rule == TrialEnd.PAUSE:
        pause_subscription(subscription=subscription, phase=trial, at=at)
        return None
    if falls_back:
        fallback = None if rule == TrialEnd.CANCEL else _fallback(trial, subscription.currency)
        if fallback is None:
            end_subscription(subscription=subscription, at=at, reason=CancelReason.TRIAL_ENDED)
            return None
        version, quantity = fallback, 1
    to = PlanTarget(version, prices_of(version, subscription.currency), quantity)
    return convert_trial(subscription=subscription, trial=trial, to=to, falls_back=falls_back, at=at)


def change_in_trial(
    subscription: Subscription, trial: Phase, version: PlanVersion, quantity: int, at: datetime
) -> Phase | None:
    """Change the plan of a locked subscription while its trial runs: nothing is prorated, nothing is due.

    The trial ends when it would have, or after the new plan's days from the first start, by the policy
    `trial_on_plan_change`; where those days are over, it ends now.
    """
    # A trial that only frees the fee is no phase of its own.
    ends_at = trial.ends_at or subscription.trial_ends_at
    if policies_of(version).trial_on_plan_change is TrialOnPlanChange.KEEPS_FIRST_START:
        zone = subscription.customer.time_zone
        ends_at = trial_end(subscription.started_at, version.trial_days, zone)
    if ends_at is None or ends_at <= at:
        return end_trial(subscription, trial, version, quantity, at)
    to = PlanTarget(version, prices_of(version, subscription.currency), quantity, trial_ends_at=ends_at)
    return change_trial(subscription=subscription, trial=trial, to=to, at=at)


def _fallback(trial: Phase, currency: str) -> PlanVersion | None:
    """The newest published version of the plan to fall back to, though it is on sale no more; None without
    one, or without a price in the currency."""
    plan = trial.plan_version.trial_end_plan
    version = newest_published([plan]).get(plan.pk) if plan else None
    return version if version and version.prices.filter(currency=currency).exists() else None


def _will_be_paid(subscription: Subscription) -> bool:
    if subscription.collection_method == CollectionMethod.SEND_INVOICE:
        return True
    return default_method(subscription.customer_id) is not None
