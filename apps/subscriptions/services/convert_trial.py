from __future__ import annotations

from datetime import datetime

from apps.audit.services.record import record_event
from apps.subscriptions.enums import PhaseKind, SubscriptionStatus
from apps.subscriptions.models import Phase, Subscription
from apps.subscriptions.services.move_status import move_status
from apps.subscriptions.services.switch_plan import PlanTarget, switch_plan


def convert_trial(
    *,
    subscription: Subscription,
    trial: Phase,
    to: PlanTarget,
    falls_back: bool,
    at: datetime,
) -> Phase:
    """Begin the paid time of a locked subscription whose trial ends at `at`.

    It is downgraded when it falls back to the free plan for want of payment, and converted otherwise,
    also into another plan that the customer chose meanwhile. A trial that was a phase of its own gives way
    to a regular phase; one that only freed the fee goes on in its phase.
    """
    before, after = subscription.plan_version.plan, to.version.plan
    data = {"from": before.code, "to": after.code, "to_name": after.name}
    move_status(subscription, SubscriptionStatus.ACTIVE)
    subscription.save(update_fields=["status"])
    goes_on = trial.kind == PhaseKind.REGULAR and (to.version.pk, to.quantity) == _present(subscription)
    phase = trial if goes_on else switch_plan(subscription=subscription, phase=trial, to=to, at=at)
    name = "subscription.trial_downgraded" if falls_back else "subscription.trial_converted"
    record_event(name=name, subject=subscription, at=at, data=data)
    record_event(name="subscription.activated", subject=subscription, at=at, data={"plan": after.code})
    return phase


def _present(subscription: Subscription) -> tuple[int, int]:
    return subscription.plan_version_id, subscription.quantity
