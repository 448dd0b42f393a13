from __future__ import annotations

from datetime import datetime
from fractions import Fraction

from apps.plans.models import Price
from apps.pricing.charge_price import ChargePrice, parse_price
from apps.pricing.price_lines import price_lines
from apps.pricing.proration import days_between
from apps.rating.measured import measured_usage
from apps.rating.rated import Rated
from apps.subscriptions.enums import PhaseKind
from apps.subscriptions.models import SubscriptionItem, SubscriptionPeriod
from apps.usage.quantity import billable_quantity


def rate_usage(
    item: SubscriptionItem,
    period: SubscriptionPeriod,
    *,
    below: int | None = None,
    final: bool = True,
    covered_until: datetime | None = None,
) -> list[Rated]:
    """The lines of what an item's meter counted in [starts_at, ends_at) of a period, so far.

    `below` is a usage watermark: events stored later are left out, so the answer is the same for ever.
    `covered_until` (UTC) is where a cut period stops to count days, if not at its end.
    Only the final invoice of a period tops up to the minimum spend; a trial does not, and of a part of a
    period it is the share by local days.

    Raises:
        NotWeightedByDays, NoEventAmounts: the price asks for more than its meter can say (422).
    """
    price = charge_price_of(item.price)
    lines = price_lines(
        price,
        measured_usage(item, period, price.model, below=below, covered_until=covered_until),
        is_last_line=final and period.phase.kind != PhaseKind.TRIAL,
        share=_share(period, covered_until or period.ends_at),
    )
    return [
        Rated(
            quantity=billable_quantity(line.quantity),
            exact=line.exact,
            money=line.money,
            trace=line.trace,
            kind=line.kind,
            dimension=line.dimension,
            label=line.label,
        )
        for line in lines
    ]


def charge_price_of(price: Price) -> ChargePrice:
    """A stored price, ready to price usage."""
    return parse_price(model=price.model, parameters=price.parameters, currency=price.currency)


def _share(period: SubscriptionPeriod, covered_until: datetime) -> Fraction:
    zone = period.phase.anchor_zone
    full = days_between(period.full_starts_at, period.full_ends_at, zone)
    return Fraction(days_between(period.starts_at, covered_until, zone), full) if full else Fraction(1)
