from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.billing.coverage import same_cadence
from apps.billing.services.run.true_up import true_up
from apps.invoices.usage_selectors import (
    billed_at_once,
    billed_progressively,
)
from apps.plans.enums import BillingTiming, QuantitySource
from apps.pricing.charge import Charge
from apps.rating.services.rate_early_usage import BilledSoFar, rate_advance_usage
from apps.subscriptions.models import Phase, SubscriptionItem, SubscriptionPeriod

ItemsOf = Callable[[Phase], list[SubscriptionItem]]
BoundaryOf = Callable[[SubscriptionPeriod], datetime | None]


@dataclass(frozen=True, slots=True)
class Closing:
    """What the end of periods comes to: their arrears, and what was billed of them progressively.

    `progressive_minor` (minor units) comes off the invoice that carries the charges.
    """

    charges: list[Charge]
    progressive_minor: int = 0


def settle_periods(
    *,
    closed: Sequence[SubscriptionPeriod],
    arrears: Sequence[Charge],
    items_of: ItemsOf,
    boundary_of: BoundaryOf,
    below: int | None = None,
) -> Closing:
    """Add to the arrears of periods that were just closed what was billed early, and minimum commitments.

    Of metered prices in advance only what no line has billed yet; all usage of a period that was billed
    progressively stands among the arrears, so that comes off. The true-up to a commitment comes last, because
    everything before counts toward it. `boundary_of` says to where a period counts that was cut, and None for
    one that ran out.
    Runs in the caller's transaction, on a locked subscription.
    """
    charges, progressive = list(arrears), 0
    for period in closed:
        metered = metered_items(items_of(period.phase), period)
        ends_at = _ends_at(period, boundary_of)
        rest = (advance_charge(item, period, below=below, final_at=ends_at) for item in metered)
        charges += [charge for charge in rest if charge is not None]
        progressive += billed_progressively(
            item_ids=[item.pk for item in metered], period_starts_at=period.starts_at
        )
    for period in closed:
        ends_at = _ends_at(period, boundary_of)
        charges += true_up(items_of(period.phase), period, charges, ends_at)
    return Closing(charges, progressive)


def _ends_at(period: SubscriptionPeriod, boundary_of: BoundaryOf) -> datetime:
    """To where a closed period counts: the day of the cut may still be its own."""
    boundary = boundary_of(period)
    return period.ends_at if boundary is None else min(boundary, period.full_ends_at)


def metered_items(items: Sequence[SubscriptionItem], period: SubscriptionPeriod) -> list[SubscriptionItem]:
    """Those of a phase's items whose usage a period counts."""
    return [
        item
        for item in items
        if item.price.quantity_source == QuantitySource.METER and same_cadence(item, period)
    ]


def carried_over(items: Sequence[SubscriptionItem], period: SubscriptionPeriod) -> list[Charge]:
    """What metered prices in advance cost as soon as a period opens: the values that are carried over."""
    metered = metered_items(items, period)
    standing = (item for item in metered if item.price.meter and item.price.meter.carries_over)
    charges = (advance_charge(item, period) for item in standing)
    return [charge for charge in charges if charge is not None]


def advance_charge(
    item: SubscriptionItem,
    period: SubscriptionPeriod,
    *,
    below: int | None = None,
    final_at: datetime | None = None,
) -> Charge | None:
    """What is due of a metered price in advance beyond its earlier lines; None for one in arrears.

    `final_at` is to where the period counts, once it has ended.
    """
    if item.price.timing != BillingTiming.IN_ADVANCE:
        return None
    amount, quantity, lines = billed_at_once(item_id=item.pk, period_starts_at=period.starts_at)
    billed = BilledSoFar(amount, quantity, lines)
    return rate_advance_usage(
        item=item,
        period=period,
        billed=billed,
        below=below,
        final=final_at is not None,
        covered_until=final_at,
    )
