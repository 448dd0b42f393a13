from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from apps.plans.enums import BillingTiming
from apps.pricing.charge import Charge, charge_key
from apps.pricing.exact import difference
from apps.pricing.money import Money
from apps.pricing.trace import Trace, step
from apps.rating.rated import Rated
from apps.rating.services.rate import charge_of, rate_period
from apps.rating.services.rate_early_usage import IN_ADVANCE, BilledSoFar, rate_advance_usage
from apps.subscriptions.models import SubscriptionItem, SubscriptionPeriod

# The kinds of lines that together are the usage of a closed period.
USAGE_KINDS = ("usage", "base", "true_up", IN_ADVANCE)

UsagePart = tuple[str, str]
"""The dimension and the kind of a line: what tells the lines of one item and period apart."""


@dataclass(frozen=True, slots=True)
class Rerated:
    """One part of a closed period's usage: what it costs by now as a whole, and what of that is not billed.

    `late` is below zero where too much was billed, and 0 where nothing changed.
    """

    whole: Charge
    late: Charge


def rate_late(
    *,
    item: SubscriptionItem,
    period: SubscriptionPeriod,
    billed: Mapping[UsagePart, BilledSoFar],
    covered_until: datetime | None = None,
    below: int | None = None,
) -> list[Rerated]:
    """Rate the usage of a closed period again as a whole, and say for each part what of it is not billed.

    What is late is revision n + 1 with the period's own dates. Its amount is the difference of rounded
    totals, so that all lines of the period sum to its price, whatever was rounded on the way.
    `covered_until` and `below` as in `rate_period`.

    Raises:
        NotWeightedByDays, NoEventAmounts: the price asks for more than its meter can say (422).
    """
    if item.price.timing == BillingTiming.IN_ADVANCE:
        so_far = billed.get(("", IN_ADVANCE), BilledSoFar())
        charge = rate_advance_usage(
            item=item,
            period=period,
            billed=so_far,
            below=below,
            final=True,
            covered_until=covered_until,
        )
        return [] if charge is None else [Rerated(charge, replace(charge, description=_named(charge)))]
    now = {
        (charge.dimension, charge.kind): charge
        for charge in rate_period(item=item, period=period, ends_at=covered_until, below=below)
    }
    gone = {part: _nothing(item, period, part) for part in billed if part not in now}
    return [
        Rerated(charge, _late(item, charge, billed.get(part, BilledSoFar())))
        for part, charge in (now | gone).items()
    ]


def _nothing(item: SubscriptionItem, period: SubscriptionPeriod, part: UsagePart) -> Charge:
    """What a part costs of which nothing is left."""
    dimension, kind = part
    currency = item.price.currency
    none = Rated(Decimal(0), Decimal(0), Money(0, currency), Trace(currency), kind, dimension, dimension)
    return charge_of(item, period, none)


def _late(item: SubscriptionItem, whole: Charge, billed: BilledSoFar) -> Charge:
    before = Money(billed.amount_minor, whole.currency)
    amount = whole.amount - before
    trace = Trace(
        whole.currency,
        (
            step("rated_again", units=whole.quantity, billed_units=billed.quantity),
            *whole.trace.steps,
            step("already_billed", amount=before.major),
            step("total", amount=amount.major),
        ),
    )
    return replace(
        whole,
        key=charge_key(
            item.public_id,
            item.price.code,
            whole.period_start,
            whole.dimension,
            whole.kind,
            billed.revision,
        ),
        amount=amount,
        exact=amount.major,
        quantity=difference(whole.quantity, billed.quantity),
        description=_named(whole),
        trace=trace,
    )


def _named(charge: Charge) -> str:
    return f"Late usage: {charge.description}"
