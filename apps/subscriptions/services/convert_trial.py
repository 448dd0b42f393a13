from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from apps.audit.services.record import record_event
from apps.plans.models import PlanVersion, Price
from apps.subscriptions.enums import SubscriptionStatus
from apps.subscriptions.models import Phase, Subscription
from apps.subscriptions.services.move_status import move_status
from apps.subscriptions.services.switch_plan import switch_plan


def convert_trial(
    *,
    subscription: Subscription,
    trial: Phase,
    version: PlanVersion,
    prices: Sequence[Price],
    quantity: int,
    at: datetime,
) -> Phase:
    """Begin the regular phase of a locked subscription whose trial ends at `at`.

    With its own version the trial is converted; with another one (the free plan) it is downgraded.
    """
    before, after = subscription.plan_version.plan, version.plan
    data = {"from": before.code, "to": after.code, "to_name": after.name}
    move_status(subscription, SubscriptionStatus.ACTIVE)
    subscription.save(update_fields=["status"])
    phase = switch_plan(
        subscription=subscription, phase=trial, version=version, prices=prices, quantity=quantity, at=at
    )
    name = "subscription.trial_downgraded" if after.pk != before.pk else "subscription.trial_converted"
    record_event(name=name, subject=subscription, at=at, data=data)
    record_event(name="subscription.activated", subject=subscription, at=at, data={"plan": version.plan.code})
    return phase
