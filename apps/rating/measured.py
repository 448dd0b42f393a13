from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from apps.plans.enums import ChargeModel as ChargeModelName
from apps.plans.enums import UsageProration
from apps.plans.models import Meter, Price
from apps.pricing.charge_models.base import ChargeModel
from apps.pricing.periods.wall_clock import local_day
from apps.pricing.proration import days_between
from apps.pricing.usage import Usage, usage_of_changes, usage_of_groups
from apps.rating.assumed_usage import assumed_usage
from apps.subscriptions.models import SubscriptionItem, SubscriptionPeriod
from apps.usage.event_selectors import active_changes, event_amounts
from apps.usage.selectors import meter_active_value, meter_groups, meter_value


def measured_usage(
    item: SubscriptionItem,
    period: SubscriptionPeriod,
    model: ChargeModel,
    *,
    below: int | None,
    covered_until: datetime | None = None,
) -> Usage:
    """What an item's meter counted in a period, in as much detail as its charge model reads.

    `covered_until` (UTC) is the first instant that a cut period does not cover, where that is not its end:
    units that count by active days count until the day before it. What a quote assumes goes first.

    Raises:
        NotWeightedByDays, NoEventAmounts, TooManyGroups: the meter cannot say it (422).
    """
    assumed = assumed_usage(item.price, model, ends_at=period.ends_at, weighs=weighs_days(item.price, model))
    if assumed is not None:
        return assumed
    window: dict[str, Any] = {
        "meter": meter_of(item.price),
        "customer_id": item.subscription.customer_id,
        "starts_at": period.starts_at,
        "ends_at": period.ends_at,
        "below_transaction": below,
    }
    if weighs_days(item.price, model):
        return _weighted(item, period, window, covered_until or period.ends_at)
    if "groups" in model.reads:
        return _grouped(model, window)
    quantity = meter_value(**window)
    return Usage(quantity, amounts=event_amounts(**window) if "amounts" in model.reads else None)


def weighs_days(price: Price, model: ChargeModel) -> bool:
    """Whether a price weighs its units by the days on which they stood."""
    return price.usage_proration == UsageProration.ACTIVE_DAYS and model.weighs


def meter_of(price: Price) -> Meter:
    """The meter of a metered price.

    Raises:
        ValueError: the price has none, which the database refuses for metered prices.
    """
    if price.meter is None:
        raise ValueError(f"price {price.public_id} is not metered")
    return price.meter


def _weighted(
    item: SubscriptionItem, period: SubscriptionPeriod, window: dict[str, Any], covered_until: datetime
) -> Usage:
    """Units by active days of the whole period, of which this one may be a part."""
    zone = period.phase.anchor_zone
    window["last_day"] = local_day(covered_until, zone) - timedelta(days=1)
    days = days_between(period.full_starts_at, period.full_ends_at, zone)
    if item.price.model == ChargeModelName.GRADUATED:
        # Its tiers are filled by each change in turn: two sums would not say which one paid what.
        return usage_of_changes(active_changes(**window, zone=zone, period_days=days))
    value = meter_active_value(**window, zone=zone, period_days=days)
    return Usage(value.full, prorated_quantity=value.prorated)


def _grouped(model: ChargeModel, window: dict[str, Any]) -> Usage:
    groups = meter_groups(**window, group_by=model.dimensions)
    return usage_of_groups(
        {tuple(group[name] for name in model.dimensions): value for group, value in groups}
    )
