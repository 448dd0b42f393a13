"""What a phase covers: until when, where it was cut, and what it inherits as paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from apps.invoices.selectors import fees_billed_beyond, given_back_as_unused
from apps.plans.policies import TrialEndDayIfTerminated, policies_of
from apps.pricing.periods.wall_clock import local_day
from apps.pricing.plan_change import change_boundary, termination_boundary
from apps.subscriptions.enums import ChangeKind, PhaseKind
from apps.subscriptions.models import Phase, Subscription, SubscriptionItem, SubscriptionPeriod

Cadence = tuple[str, int]


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


def covered_from(period: SubscriptionPeriod) -> datetime:
    """The first instant that a period's own phase covers: the day of a change may be the old plan's.

    That is the policy of the plan that was left, and of parts of a period only: a whole one is its own.
    """
    phase, starts_at, zone = period.phase, period.starts_at, period.phase.anchor_zone
    is_whole = local_day(starts_at, zone) == local_day(period.full_starts_at, zone)
    if is_whole or starts_at != phase.starts_at:
        return starts_at
    left = Phase.objects.filter(
        subscription_id=phase.subscription_id, ends_at=starts_at, kind=PhaseKind.REGULAR
    )
    before = left.select_related("plan_version").exclude(pk=phase.pk).order_by("-id").first()
    if before is None:
        return starts_at
    return change_boundary(policies_of(before.plan_version).proration, starts_at, zone)


def planned_end(period: SubscriptionPeriod, planned: Mapping[datetime, str]) -> datetime:
    """The first instant that an opened period will not cover, where something `planned` has cut it."""
    kind = planned.get(period.ends_at)
    if kind is None or period.ends_at >= period.full_ends_at:
        return period.ends_at
    rule = termination_boundary if kind == ChangeKind.CANCEL else change_boundary
    policy = policies_of(period.phase.plan_version).proration
    return min(rule(policy, period.ends_at, period.phase.anchor_zone), period.full_ends_at)


def phases_paid_for(phase: Phase) -> list[Phase]:
    """A phase, and those before it whose paid fees it goes on with."""
    chain = [phase]
    while chain[-1].continues is not None:
        chain.append(chain[-1].continues)
    return chain


def paid_until(
    paid_by: Mapping[int, Sequence[SubscriptionItem]], at: datetime, *, free_too: bool
) -> dict[int, datetime]:
    """How far beyond `at` the fees of items are paid: by their key, where one of those it was `paid_by` was.

    Where something of that was given back as unused, nothing of it is paid. Fees of zero, which
    cannot be given back, count with `free_too`.
    """
    payers = {one.pk for before in paid_by.values() for one in before}
    beyond = fees_billed_beyond(item_ids=payers, at=at) if payers else []
    given = given_back_as_unused(beyond) if beyond else set()
    ends: dict[int, list[datetime | None]] = {}
    for line in beyond:
        if line.item_id is not None and (line.amount_minor or free_too):
            ends.setdefault(line.item_id, []).append(None if line.pk in given else line.period_ends_at)
    paid: dict[int, datetime] = {}
    for key, before in paid_by.items():
        reached = [end for one in before for end in ends.get(one.pk, [])]
        standing = [end for end in reached if end is not None]
        if reached and len(standing) == len(reached):
            paid[key] = max(standing)
    return paid


def cadence_of(item: SubscriptionItem) -> Cadence:
    """The interval of an item's price and how many of it."""
    return item.price.interval, item.price.interval_count


def same_cadence(item: SubscriptionItem, period: SubscriptionPeriod) -> bool:
    """Whether an item is billed by periods of this one's kind."""
    return cadence_of(item) == (period.interval, period.interval_count)
