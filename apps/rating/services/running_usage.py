from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from apps.core.errors import DomainError
from apps.plans.enums import QuantitySource
from apps.plans.models import Meter, Price
from apps.pricing.charge_price import BASE
from apps.pricing.errors import PricingError
from apps.pricing.exact import total
from apps.pricing.money import Money
from apps.pricing.trace import Trace
from apps.rating.measured import meter_of
from apps.rating.rated import Rated
from apps.rating.services.rate_usage import rate_usage
from apps.subscriptions.models import Subscription, SubscriptionItem, SubscriptionPeriod
from apps.subscriptions.selectors import running_periods

USAGE = "usage"


@dataclass(frozen=True, slots=True)
class MeterUsage:
    """What a subscription has used of one meter in a running period, and what that costs so far.

    `money` is the sum of the lines that will be billed, each rounded once; `exact` (major units) is theirs
    before that. During a trial it is what it would cost.
    """

    meter: Meter
    price: Price
    period: SubscriptionPeriod
    value: Decimal
    exact: Decimal
    money: Money
    trace: Trace


@dataclass(frozen=True, slots=True)
class UnratedUsage:
    """A meter whose price cannot be computed at the moment, and why: a sentence for staff."""

    meter: Meter
    price: Price
    period: SubscriptionPeriod
    reason: str


def running_usage(*, subscription: Subscription, at: datetime) -> list[MeterUsage]:
    """Usage of every metered item of a subscription in the periods that hold `at`, priced so far.

    Raises:
        PricingError, DomainError: the usage of one cannot be rated.
    """
    return [_usage(item, period) for item, period in _running_items(subscription, at)]


def usage_to_show(*, subscription: Subscription, at: datetime) -> list[MeterUsage | UnratedUsage]:
    """The same for a page, which lives on where one price cannot be computed."""
    return [_usage_or_reason(item, period) for item, period in _running_items(subscription, at)]


def _usage_or_reason(item: SubscriptionItem, period: SubscriptionPeriod) -> MeterUsage | UnratedUsage:
    try:
        return _usage(item, period)
    except (PricingError, DomainError) as error:
        return UnratedUsage(meter_of(item.price), item.price, period, str(error))


def _running_items(
    subscription: Subscription, at: datetime
) -> Iterator[tuple[SubscriptionItem, SubscriptionPeriod]]:
    by_cadence = {(p.interval, p.interval_count): p for p in running_periods(subscription.pk, at)}
    for item in _metered_items(subscription, at):
        period = by_cadence.get((item.price.interval, item.price.interval_count))
        if period is not None:
            yield item, period


def _metered_items(subscription: Subscription, at: datetime) -> list[SubscriptionItem]:
    return list(
        SubscriptionItem.objects.select_related("price__meter", "subscription")
        .filter(subscription=subscription, price__quantity_source=QuantitySource.METER, starts_at__lte=at)
        .exclude(ends_at__lte=at)
        .order_by("id")
    )


def _usage(item: SubscriptionItem, period: SubscriptionPeriod) -> MeterUsage:
    lines = rate_usage(item, period)
    currency = item.price.currency
    return MeterUsage(
        meter_of(item.price),
        item.price,
        period,
        total(line.quantity for line in lines if line.kind == USAGE and line.dimension != BASE),
        total(line.exact for line in lines),
        Money.total((line.money for line in lines), currency),
        _trace(lines, currency),
    )


def _trace(lines: Sequence[Rated], currency: str) -> Trace:
    return Trace(currency).then(*(step for line in lines for step in line.trace.steps))
