"""When a customer may make a change or an end here: what the plan's policies say."""

from __future__ import annotations

from apps.billing.enums import CancelTiming
from apps.billing.services.subscriptions.compare_plans import is_upgrade
from apps.plans.models import PlanVersion
from apps.plans.policies import TerminationCredit, Timing, policies_of
from apps.subscriptions.enums import SubscriptionStatus
from apps.subscriptions.models import Subscription


def change_timings(shown: Subscription, version: PlanVersion, quantity: int) -> list[Timing]:
    """When a change may take effect, the usual time first.

    The plan's policies for upgrades, downgrades and quantities give the usual time. Who asks for more may
    have it at once or wait; who asks for less waits for the end of what is paid, unless the policy says now.
    """
    policies = policies_of(shown.plan_version)
    if version.plan_id == shown.plan_version.plan_id:
        more, usual = quantity > shown.quantity, policies.quantity_change_timing
    else:
        more = is_upgrade(shown.plan_version, version, shown.currency)
        usual = policies.upgrade_timing if more else policies.downgrade_timing
    if usual is Timing.NOW:
        return [Timing.NOW, Timing.PERIOD_END]
    return [Timing.PERIOD_END, Timing.NOW] if more else [Timing.PERIOD_END]


def cancel_timings(shown: Subscription) -> list[CancelTiming]:
    """When a subscription may be ended, the usual time first.

    At once only where nothing is lost by it: the plan credits what is not used, or nothing was paid.
    """
    credits = policies_of(shown.plan_version).termination_credit is not TerminationCredit.NONE
    unpaid = shown.status in (SubscriptionStatus.TRIALING, SubscriptionStatus.PAUSED)
    if shown.status == SubscriptionStatus.PAUSED:
        return [CancelTiming.NOW]
    both = credits or unpaid
    return [CancelTiming.PERIOD_END, CancelTiming.NOW] if both else [CancelTiming.PERIOD_END]
