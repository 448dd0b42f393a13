"""Until when a subscription covers a period that was cut: its last day may still be its own."""

from __future__ import annotations

from datetime import datetime

from apps.plans.policies import TrialEndDayIfTerminated, policies_of
from apps.pricing.periods.wall_clock import local_day
from apps.pricing.plan_change import change_boundary, termination_boundary
from apps.subscriptions.enums import PhaseKind
from apps.subscriptions.models import Phase, Subscription, SubscriptionPeriod


def phase_boundary(subscription: Subscription, phase: Phase, at: datetime) -> datetime:
    """The first instant that a phase which ended at `at` does not cover: that day may still be its own."""
    policies, zone = policies_of(phase.plan_version), phase.anchor_zone
    if subscription.ended_at != at:
        return change_boundary(policies.proration, at, zone)
    trial_ends_at = subscription.trial_ends_at
    free = policies.trial_end_day_if_terminated is TrialEndDayIfTerminated.FREE
    if free and trial_ends_at is not None and local_day(trial_ends_at, zone) == local_day(at, zone):
        return trial_ends_at
    return termination_boundary(policies.proration, at, zone)


def covered_until(subscription: Subscription, period: SubscriptionPeriod) -> datetime | None:
    """The first instant that a closed period does not cover, where its phase's end has cut it; else None.

    It is what the period was rated with when it was closed, so that rating it again differs by usage only.
    """
    phase = period.phase
    was_cut = phase.ends_at == period.ends_at < period.full_ends_at
    if phase.kind != PhaseKind.REGULAR or not was_cut:
        return None
    return min(phase_boundary(subscription, phase, period.ends_at), period.full_ends_at)
