from __future__ import annotations

from datetime import datetime
from fractions import Fraction

from apps.plans.models import Price
from apps.pricing.charge_price import ChargePrice, parse_price
from apps.pricing.price_lines import price_lines
from apps.pricing.proration import days_between
from apps.rating.rated import Rated
from apps.rating.used_in_part import used_in_part
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
    period it is the share by local days. Behind a cut under the same price the tiers of the whole period go
    on: see `used_in_part`.

    Raises:
        NotWeightedByDays, NoEventAmounts: the price asks for more than its meter can say (422).
    """
    price = charge_price_of(item.price)
    used = used_in_part(item, period, price.model, below=below, covered_until=covered_until)
    lines = price_lines(
        price,
        used.until_now,
        is_last_line=final and period.phase.kind != PhaseKind.TRIAL,
        share=share_of_days(period, covered_until),
        earlier=used.earlier,
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


def share_of_days(period: SubscriptionPeriod, covered_until: datetime | None = None) -> Fraction:
    """The share of its whole period that a period is, by local days; until `covered_until` (UTC, exclusive)
    where that is not its end.
    """
    zone, ends_at = period.phase.anchor_zone, covered_until or period.ends_at
    full = days_between(period.full_starts_at, period.full_ends_at, zone)
    return Fraction(days_between(period.starts_at, ends_at, zone), full) if full else Fraction(1)
