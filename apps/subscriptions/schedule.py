"""How a phase's prices and stored anchor become the pricing floor's schedule of periods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from apps.plans.enums import BillingTiming, QuantitySource
from apps.plans.models import Price
from apps.plans.policies import policies_of
from apps.pricing.periods.anchor import Anchor, Precision
from apps.pricing.periods.cadence import Cadence, Interval
from apps.pricing.periods.period import Period
from apps.pricing.periods.schedule import Alignment, Schedule, full_period
from apps.subscriptions.models import Phase

# A cadence as one number, so that an exclusion constraint can compare it as a range.
_CODES = {interval: (index + 1) * 1000 for index, interval in enumerate(Interval)}


def cadence_code(interval: str, count: int) -> int:
    """The number that stands for a cadence in the database: unique for counts below 1,000."""
    return _CODES[Interval(interval)] + count


def main_cadence(prices: Sequence[Price]) -> tuple[str, int]:
    """The cadence that people call "the billing period": the longest that is paid in advance, else the first.

    Changes at the period's end happen at its boundaries, so none of them cuts what was paid for.
    """
    paid = [
        price
        for price in prices
        if price.timing == BillingTiming.IN_ADVANCE and price.quantity_source != QuantitySource.METER
    ] or prices[:1]
    longest = max(paid, key=_length)
    return longest.interval, longest.interval_count


def _length(price: Price) -> int:
    """Roughly how many days: enough to compare."""
    cadence = Cadence(Interval(price.interval), price.interval_count)
    return cadence.months * 30 + cadence.days


def phase_schedule(phase: Phase, cadence: Cadence) -> Schedule:
    """The periods of one cadence of a phase, counted from the phase's stored anchor, cut at its start."""
    return replace(_endless(phase, cadence), ends_at=phase.ends_at)


def whole_period(phase: Phase, cadence: Cadence, at: datetime) -> Period:
    """The whole period of a cadence behind the one that holds `at`, by the version's `denominator`.

    It does not matter that the phase has ended meanwhile, be it the instant it began. Behind a change that
    keeps the anchor it is the whole period of the phase before: such a phase has no leading part of its own.
    """
    denominator = policies_of(phase.plan_version).proration.denominator
    schedule = _endless(phase, cadence)
    first = min(phase.starts_at, schedule.anchor.instant)
    return full_period(replace(schedule, starts_at=first), at, denominator)


def _endless(phase: Phase, cadence: Cadence) -> Schedule:
    return Schedule(
        anchor=Anchor(phase.anchor_at, phase.anchor_zone, Precision(phase.anchor_precision)),
        cadence=cadence,
        alignment=Alignment(phase.alignment),
        billing_day=phase.billing_day,
        starts_at=phase.starts_at,
    )
