from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from apps.billing.coverage import cadence_of
from apps.invoices.selectors import fees_billed_beyond
from apps.invoices.usage_selectors import (
    COUNTS_TOWARD_COMMITMENT,
    counted_toward_commitment,
)
from apps.plans.selectors import commitment_of
from apps.pricing.charge import Charge
from apps.rating.services.rate import rate_period
from apps.rating.services.rate_commitment import rate_commitment
from apps.subscriptions.enums import PhaseKind
from apps.subscriptions.models import SubscriptionItem, SubscriptionPeriod
from apps.subscriptions.schedule import main_cadence
from apps.subscriptions.selectors import continued_items


def true_up(
    items: Sequence[SubscriptionItem],
    period: SubscriptionPeriod,
    charges: Sequence[Charge],
    ends_at: datetime,
) -> list[Charge]:
    """The true-up to the minimum commitment of a period that was just closed, or is rated again: at most one.

    `charges` count beside what lines say; `ends_at` (UTC, exclusive) is to where the period was active.
    """
    if period.phase.kind == PhaseKind.TRIAL or not items:
        return []
    main = main_cadence([item.price for item in items])
    if (period.interval, period.interval_count) != main:
        return []
    commitment = commitment_of(period.phase.plan_version, items[0].price.currency)
    # The days of a trial that runs inside the period do not count.
    trial_ends_at = items[0].subscription.trial_ends_at or period.starts_at
    starts_at = max(period.starts_at, trial_ends_at)
    if commitment is None or starts_at >= ends_at:
        return []
    keys = {item.pk for item in items}
    billed = counted_toward_commitment(item_ids=keys, starts_at=period.starts_at, ends_at=period.ends_at)
    billed += _continued_minor(items, period)
    now = sum(
        charge.amount.minor
        for charge in charges
        if charge.item_id in keys
        and charge.kind in COUNTS_TOWARD_COMMITMENT
        and period.starts_at <= charge.period_start < period.ends_at
    )
    charge = rate_commitment(
        commitment=commitment,
        item=next(item for item in items if cadence_of(item) == main),
        period=period,
        starts_at=starts_at,
        ends_at=ends_at,
        counted_minor=billed + now,
    )
    return [] if charge is None else [charge]


def _continued_minor(items: Sequence[SubscriptionItem], period: SubscriptionPeriod) -> int:
    """What the fees that a phase found paid come to from its start on, in minor units: as if billed then."""
    if period.starts_at != period.phase.starts_at:
        return 0
    continued = continued_items(items)
    billed = fees_billed_beyond(
        item_ids={one.pk for chain in continued.values() for one in chain}, at=period.starts_at
    )
    ends = {line.item_id: line.period_ends_at for line in billed}
    return sum(
        charge.amount.minor
        for item in items
        for ends_at in [ends[one.pk] for one in continued[item.pk] if one.pk in ends][:1]
        for charge in rate_period(item=item, period=period, ends_at=ends_at)
    )
