from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from apps.billing.coverage import covered_from, paid_until, planned_end, same_cadence
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
    items = items_in.phase(phase)
    looks_back = _may_be_paid(phase, opened, at)
    continued = items_in.continued(phase) if looks_back else {}
    paid = paid_until(items_in.paid_by(phase), at, free_too=not _was_paused(phase)) if looks_back else {}
    fees: list[Charge] = []
    for period in opened:
        covered, ends = covered_from(period), planned_end(period, planned)
        for item in _fee_items(items, period):
            begins = max(covered, paid.get(item.pk, covered))
            if begins < period.ends_at:
                parts = [item, *continued.get(item.pk, ())]
                fees += fee_in_advance(parts=parts, period=period, starts_at=begins, ends_at=ends)
    return fees + [charge for period in opened for charge in carried_over(items, period)]


def _fee_items(items: Sequence[SubscriptionItem], period: SubscriptionPeriod) -> list[SubscriptionItem]:
    return [
        item
        for item in items
        if item.price.timing == BillingTiming.IN_ADVANCE
        and item.price.quantity_source != QuantitySource.METER
        and same_cadence(item, period)
    ]


def _was_paused(phase: Phase) -> bool:
    return phase.continues is not None and phase.continues.ends_at != phase.starts_at


def _may_be_paid(phase: Phase, opened: Sequence[SubscriptionPeriod], at: datetime) -> bool:
    """Whether a phase before may have paid for these periods: where it begins, or behind an undone cut."""
    return phase.starts_at == at or any(period.starts_at > period.full_starts_at for period in opened)
