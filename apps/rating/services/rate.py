from __future__ import annotations

from decimal import Decimal

from apps.plans.enums import QuantitySource
from apps.plans.models import Price
from apps.pricing.charge import Charge, charge_key
from apps.pricing.periods.period import Period
from apps.pricing.price import price_quantity, rounding_step
from apps.pricing.proration import days_between, prorated_period
from apps.pricing.trace import Trace
from apps.rating.rated import Rated
from apps.rating.services.rate_usage import rate_usage
from apps.subscriptions.enums import PhaseKind
from apps.subscriptions.models import SubscriptionItem, SubscriptionPeriod

RECURRING = "recurring"


def rate_period(*, item: SubscriptionItem, period: SubscriptionPeriod) -> list[Charge]:
    """The charges of one subscription item for one period of its cadence; none for a trial.

    A fee of a part of a period (a first calendar period, a cut one) is the exact share by local
    days, rounded once. Usage is never prorated: it is what was used in [starts_at, ends_at).
    Usage of nothing that costs nothing gives no charge; a fee of zero gives one.
    """
    if period.phase.kind == PhaseKind.TRIAL:
        return []
    if item.price.quantity_source == QuantitySource.METER:
        lines = [line for line in rate_usage(item, period) if line.quantity or line.money]
    else:
        lines = [_rate_fee(item, period)]
    return [_charge(item, period, line) for line in lines]


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
    return Rated(whole.quantity, share.shown, money, trace, kind=RECURRING)


def _price(price: Price, quantity: Decimal) -> Rated:
    priced = price_quantity(
        model=price.model, parameters=price.parameters, quantity=quantity, currency=price.currency
    )
    return Rated(quantity, priced.exact, priced.money, priced.trace, kind=RECURRING)


def _charge(item: SubscriptionItem, period: SubscriptionPeriod, rated: Rated) -> Charge:
    price = item.price
    return Charge(
        source="rating",
        key=charge_key(item.public_id, price.code, period.starts_at, rated.dimension, rated.kind),
        customer_id=item.subscription.customer_id,
        currency=price.currency,
        amount=rated.money,
        exact=rated.exact,
        quantity=rated.quantity,
        description=_description(price, rated.label),
        period_start=period.starts_at,
        period_end=period.ends_at,
        trace=rated.trace,
        price_id=price.public_id,
        item_id=item.pk,
        kind=rated.kind,
        dimension=rated.dimension,
    )


def _description(price: Price, label: str) -> str:
    plan = price.version.plan.name
    name = price.name if plan.lower() in price.name.lower() else f"{plan}: {price.name}"
    return f"{name} ({label})" if label else name
