"""What a few of the demo's customers do before what they have paid for is used."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from apps.billing.services.subscriptions.cancel import cancel_now
from apps.billing.services.subscriptions.change_plan import ChangeRequest, change_plan
from apps.billing.services.subscriptions.pause import pause
from apps.plans.policies import Timing
from apps.subscriptions.enums import CancelReason, UnusedPart
from apps.subscriptions.models import Subscription

MOVES: Mapping[str, str] = {"starter": "team", "team": "starter", "scale": "platform"}
"""To which plan somebody moves at once: two upgrades, and a downgrade that leaves money on the balance."""
BREAK = timedelta(days=40)


def move_at_once(subscription: Subscription, at: datetime) -> None:
    """Up or down inside the period; a move to seats takes three of them."""
    plan = MOVES[subscription.plan_version.plan.code]
    request = ChangeRequest(plan, quantity=3 if plan == "team" else None, timing=Timing.NOW)
    change_plan(subscription_id=subscription.pk, request=request, at=at)


def take_a_break(subscription: Subscription, at: datetime) -> None:
    """A pause that ends by itself; the unused rest waits on the balance."""
    pause(subscription_id=subscription.pk, resume_at=at + BREAK, at=at)


def leave_at_once(subscription: Subscription, unused: UnusedPart, at: datetime) -> None:
    cancel_now(
        subscription_id=subscription.pk,
        reason=CancelReason.SWITCHED_SERVICE,
        comment="",
        unused_part=unused,
        at=at,
    )
