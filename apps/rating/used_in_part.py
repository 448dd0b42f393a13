"""Usage of a part of a whole period: behind a cut, tiers go on and do not begin anew."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from apps.plans.policies import TrialUsage, policies_of
from apps.pricing.charge_models.base import ChargeModel
from apps.pricing.exact import difference
from apps.pricing.usage import Usage, usage_of_parts
from apps.rating.measured import measured_usage, weighs_days
from apps.subscriptions.models import SubscriptionItem, SubscriptionPeriod
from apps.subscriptions.selectors import earlier_parts


@dataclass(frozen=True, slots=True)
class UsedInPart:
    """What was used of a whole period until the end of one part of it, and before that part (None: nothing
    was under the same price).
    """

    until_now: Usage
    earlier: Usage | None = None

    @property
    def quantity(self) -> Decimal:
        """The units of the part itself."""
        before = self.earlier.quantity if self.earlier else Decimal(0)
        return difference(self.until_now.quantity, before)


def used_in_part(
    item: SubscriptionItem,
    period: SubscriptionPeriod,
    model: ChargeModel,
    *,
    below: int | None,
    covered_until: datetime | None = None,
) -> UsedInPart:
    """What an item's meter counted in a period, with what it counted in earlier parts of the same whole one.

    Earlier parts are those of the same subscription, cadence and price, without a trial that bills no usage.
    Where they join, the meter reads them as one window, so that a maximum or a unique value counts once.
    Units that are weighted by days need none of this: each part has its share of every tier. `below` and
    `covered_until` as in `measured_usage`.

    Raises:
        NotWeightedByDays, NoEventAmounts, TooManyGroups: the meter cannot say it (422).
    """
    is_first = period.starts_at <= period.full_starts_at
    before = [] if is_first or weighs_days(item.price, model) else _parts_before(item, period)
    if not before:
        return UsedInPart(measured_usage(item, period, model, below=below, covered_until=covered_until))

    def used(parts: Sequence[SubscriptionPeriod]) -> Usage:
        return usage_of_parts([measured_usage(item, part, model, below=below) for part in _joined(parts)])

    return UsedInPart(used([*before, period]), used(before))


def _parts_before(item: SubscriptionItem, period: SubscriptionPeriod) -> list[SubscriptionPeriod]:
    trial_ends_at = item.subscription.trial_ends_at
    parts = earlier_parts(period, price_id=item.price_id)
    if trial_ends_at is None or policies_of(period.phase.plan_version).trial_usage is TrialUsage.BILLED:
        return parts
    paid = [part for part in parts if part.ends_at > trial_ends_at]
    return [_spanning(part, max(part.starts_at, trial_ends_at), part.ends_at) for part in paid]


def _joined(parts: Sequence[SubscriptionPeriod]) -> list[SubscriptionPeriod]:
    """Parts in order, as few as may be: one that begins where another ends is one with it."""
    joined: list[SubscriptionPeriod] = []
    for part in parts:
        if joined and joined[-1].ends_at == part.starts_at:
            part = _spanning(part, joined.pop().starts_at, part.ends_at)
        joined.append(part)
    return joined


def _spanning(period: SubscriptionPeriod, starts_at: datetime, ends_at: datetime) -> SubscriptionPeriod:
    window = copy(period)
    window.starts_at, window.ends_at = starts_at, ends_at
    return window
