from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from apps.billing.coverage import covered_from, same_cadence
from apps.billing.phase_items import PhaseItems
from apps.billing.services.run.settle_periods import BoundaryOf, Closing, settle_periods
from apps.plans.enums import BillingTiming
from apps.pricing.charge import Charge
from apps.rating.services.rate import rate_period
from apps.subscriptions.models import SubscriptionItem, SubscriptionPeriod


def close_arrears(
    *,
    closed: Sequence[SubscriptionPeriod],
    items_in: PhaseItems,
    boundary_of: BoundaryOf,
    below: int | None,
) -> Closing:
    """Rate in arrears the periods that were just closed, with their commitments and what was billed early.

    `boundary_of` says to where a period counts that was cut (UTC, exclusive: the day of the cut may still be
    its own), and None for one that ran out. `below` is a usage watermark. Runs in the caller's transaction,
    on a locked subscription.
    """
    rated = [
        charge
        for period in closed
        for charge in _arrears(items_in.phase(period.phase), period, boundary_of(period), below)
    ]
    return settle_periods(
        closed=closed, arrears=rated, items_of=items_in.phase, boundary_of=boundary_of, below=below
    )


def _arrears(
    items: Sequence[SubscriptionItem],
    period: SubscriptionPeriod,
    boundary: datetime | None,
    below: int | None,
) -> list[Charge]:
    ends_at = None if boundary is None else min(boundary, period.full_ends_at)
    return [
        charge
        for item in items
        if item.price.timing == BillingTiming.IN_ARREARS and same_cadence(item, period)
        for charge in rate_period(
            item=item, period=period, starts_at=covered_from(period), ends_at=ends_at, below=below
        )
    ]
