from __future__ import annotations

from decimal import Decimal

from apps.plans.models import Meter, Price
from apps.pricing.price import price_quantity
from apps.rating.rated import Rated
from apps.subscriptions.models import SubscriptionItem, SubscriptionPeriod
from apps.usage.quantity import billable_quantity
from apps.usage.selectors import meter_value


def rate_usage(
    item: SubscriptionItem, period: SubscriptionPeriod, *, below: int | None = None
) -> list[Rated]:
    """The lines of what an item's meter counted in [starts_at, ends_at) of a period, so far.

    `below` is a usage watermark: events stored later are left out, so the answer is the same for ever.
    """
    value = meter_value(
        meter=meter_of(item.price),
        customer_id=item.subscription.customer_id,
        starts_at=period.starts_at,
        ends_at=period.ends_at,
        below_transaction=below,
    )
    return [_priced(item.price, billable_quantity(value))]


def meter_of(price: Price) -> Meter:
    """The meter of a metered price.

    Raises:
        ValueError: the price has none, which the database refuses for metered prices.
    """
    if price.meter is None:
        raise ValueError(f"price {price.public_id} is not metered")
    return price.meter


def _priced(price: Price, quantity: Decimal) -> Rated:
    priced = price_quantity(
        model=price.model, parameters=price.parameters, quantity=quantity, currency=price.currency
    )
    return Rated(quantity, priced.exact, priced.money, priced.trace)
