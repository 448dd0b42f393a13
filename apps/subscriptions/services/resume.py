from __future__ import annotations

from datetime import datetime

from apps.audit.services.record import record_event
from apps.plans.policies import Resume, policies_of
from apps.pricing.periods.wall_clock import local_day
from apps.subscriptions.enums import PhaseKind, SubscriptionStatus
from apps.subscriptions.models import Phase, Subscription
from apps.subscriptions.services.begin_phase import PhaseTerms, begin_phase
from apps.subscriptions.services.move_status import move_status
from apps.subscriptions.services.switch_plan import PlanTarget


def resume_subscription(*, subscription: Subscription, to: PlanTarget, at: datetime) -> Phase:
    """Let a paused, locked subscription go on at `at` (UTC, inclusive), in the caller's transaction.

    The policy `resume` of the version says whether the first period is cut to the next boundary of before,
    runs to the billing day one interval later, or starts anew. A trial that was paused is over,
    and what comes is paid for.

    Raises:
        SubscriptionRefused: it is not paused (409).
    """
    move_status(subscription, SubscriptionStatus.ACTIVE)
    before = subscription.phases.latest("starts_at", "id")
    keeps = policies_of(to.version).resume is Resume.TO_NEXT_BILLING_DAY and before.kind == PhaseKind.REGULAR
    phase = begin_phase(
        subscription=subscription,
        terms=PhaseTerms(
            kind=PhaseKind.REGULAR,
            version=to.version,
            prices=to.prices,
            quantity=to.quantity,
            anchor_at=before.anchor_at if keeps else at,
            anchor_zone=before.anchor_zone if keeps else subscription.customer.time_zone,
            billing_day=_billing_day(subscription, to, before, at),
            continues=before,
        ),
        at=at,
    )
    if subscription.trial_ends_at is not None and subscription.trial_ends_at > at:
        subscription.trial_ends_at, subscription.trial_reminder_at = at, None
        subscription.save(update_fields=["trial_ends_at", "trial_reminder_at"])
    subscription.paused_at = None
    subscription.plan_version, subscription.quantity = to.version, to.quantity
    subscription.save(update_fields=["status", "paused_at", "plan_version", "quantity"])
    record_event(name="subscription.resumed", subject=subscription, at=at)
    return phase


def _billing_day(subscription: Subscription, to: PlanTarget, before: Phase, at: datetime) -> int | None:
    if policies_of(to.version).resume is Resume.RESTART:
        return local_day(at, subscription.customer.time_zone).day
    return before.billing_day
