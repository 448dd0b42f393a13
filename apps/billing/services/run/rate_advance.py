from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from apps.billing.coverage import Cadence, covered_from, paid_until, planned_end, same_cadence
from apps.billing.phase_items import PhaseItems
from apps.billing.services.run.fee_in_advance import fee_in_advance
from apps.billing.services.run.settle_periods import carried_over
from apps.plans.enums import BillingTiming, QuantitySource
from apps.pricing.charge import Charge
from apps.subscriptions.models import Phase, SubscriptionItem, SubscriptionPeriod


def rate_advance(
    *,
    phase: Phase,
    items_in: PhaseItems,
    opened: Sequence[SubscriptionPeriod],
    at: datetime,
    planned: Mapping[datetime, str],
) -> list[Charge]:
    """What opened periods of a phase cost in advance at `at` (UTC): fees, and metered values carried over.

    A fee begins where the phase covers it and where none before has paid for it; it stops at what is
    `planned` (instant: kind of change) within its period.
    """
    items, paid = items_in.phase(phase), _paid_before(items_in, phase, at)
    fees: list[Charge] = []
    for period in opened:
        begins = covered_from(period)
        begins = max(begins, paid.get((period.interval, period.interval_count), begins))
        if begins < period.ends_at:
            ends = planned_end(period, planned)
            for item in _fee_items(items, period):
                fees += fee_in_advance(item=item, period=period, starts_at=begins, ends_at=ends)
    return fees + [charge for period in opened for charge in carried_over(items, period)]


def _fee_items(items: Sequence[SubscriptionItem], period: SubscriptionPeriod) -> list[SubscriptionItem]:
    return [
        item
        for item in items
        if item.price.timing == BillingTiming.IN_ADVANCE
        and item.price.quantity_source != QuantitySource.METER
        and same_cadence(item, period)
    ]


def _paid_before(items_in: PhaseItems, phase: Phase, at: datetime) -> Mapping[Cadence, datetime]:
    """What a phase that begins at `at` finds paid by the one that it continues."""
    if phase.starts_at != at or phase.continues is None:
        return {}
    return paid_until(items_in.chain(phase.continues), at)
