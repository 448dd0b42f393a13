from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from apps.plans.enums import QuantitySource
from apps.plans.models import Meter, Price
from apps.pricing.charge import Charge, charge_key
from apps.pricing.money import Money
from apps.pricing.periods.period import Period
from apps.pricing.price import price_quantity, rounding_step
from apps.pricing.proration import days_between, prorated_period
from apps.pricing.trace import Trace
from apps.subscriptions.enums import PhaseKind
from apps.subscriptions.models import SubscriptionItem, SubscriptionPeriod
from apps.usage.quantity import billable_quantity
from apps.usage.selectors import meter_value

RECURRING, USAGE = "recurring", "usage"


@dataclass(frozen=True, slots=True)
class Rated:
    """What an item costs for a period: exact in major units, rounded once, and why."""

    quantity: Decimal
    exact: Decimal
    money: Money
    trace: Trace


def rate_period(*, item: SubscriptionItem, period: SubscriptionPeriod) -> list[Charge]:
    """The charges of one subscription item for one period of its cadence; none for a trial.

    A fee of a part of a period (a first calendar period, a cut one) is the exact share by local
    days, rounded once. Usage is never prorated: it is what was used in [starts_at, ends_at).
    Usage of nothing that costs nothing gives no charge; a fee of zero gives one.
    """
    if period.phase.kind == PhaseKind.TRIAL:
        return []
    metered = item.price.quantity_source == QuantitySource.METER
    rated = rate_usage(item, period) if metered else _rate_fee(item, period)
    if metered and not rated.quantity and not rated.money:
        return []
    return [_charge(item, period, rated, USAGE if metered else RECURRING)]


def rate_usage(item: SubscriptionItem, period: SubscriptionPeriod) -> Rated:
    """The price of what an item's meter counted in [starts_at, ends_at) of a period, so far."""
    value = meter_value(
        meter=meter_of(item.price),
        customer_id=item.subscription.customer_id,
        starts_at=period.starts_at,
        ends_at=period.ends_at,
    )
    return _price(item.price, billable_quantity(value))


def meter_of(price: Price) -> Meter:
    """The meter of a metered price.

    Raises:
        ValueError: the price has none, which the database refuses for metered prices.
    """
    if price.meter is None:
        raise ValueError(f"price {price.public_id} is not metered")
    return price.meter


def _rate_fee(item: SubscriptionItem, period: SubscriptionPeriod) -> Rated:
    seats = item.price.quantity_source == QuantitySource.SEATS
    whole = _price(item.price, Decimal(item.quantity if seats else 1))
    part = Period(period.starts_at, period.ends_at)
    full = Period(period.full_starts_at, period.full_ends_at)
    zone = period.phase.anchor_zone
    if days_between(part.starts_at, part.ends_at, zone) == days_between(full.starts_at, full.ends_at, zone):
        return whole
    share = prorated_period(whole.exact, part=part, full=full, zone=zone)
    money = share.money(item.price.currency)
    trace = Trace(
        whole.trace.currency, (*whole.trace.steps[:-1], share.step(), rounding_step(share.shown, money))
    )
    return Rated(whole.quantity, share.shown, money, trace)


def _price(price: Price, quantity: Decimal) -> Rated:
    priced = price_quantity(
        model=price.model, parameters=price.parameters, quantity=quantity, currency=price.currency
    )
    return Rated(quantity, priced.exact, priced.money, priced.trace)


def _charge(item: SubscriptionItem, period: SubscriptionPeriod, rated: Rated, kind: str) -> Charge:
    price = item.price
    return Charge(
        source="rating",
        key=charge_key(item.public_id, price.code, period.starts_at, "", kind),
        customer_id=item.subscription.customer_id,
        currency=price.currency,
        amount=rated.money,
        exact=rated.exact,
        quantity=rated.quantity,
        description=_description(price),
        period_start=period.starts_at,
        period_end=period.ends_at,
        trace=rated.trace,
        price_id=price.public_id,
        item_id=item.pk,
        kind=kind,
        dimension="",
    )


def _description(price: Price) -> str:
    plan = price.version.plan.name
    return price.name if plan.lower() in price.name.lower() else f"{plan}: {price.name}"
