from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from apps.pricing.charge import Charge
from apps.pricing.exact import difference
from apps.pricing.money import Money
from apps.pricing.price import further_price, rounded_once
from apps.pricing.usage import Usage
from apps.rating.rated import Rated
from apps.rating.services.rate import billed_usage, charge_of
from apps.rating.services.rate_usage import charge_price_of, rate_usage, share_of_days
from apps.rating.used_in_part import used_in_part
from apps.subscriptions.enums import PhaseKind
from apps.subscriptions.models import SubscriptionItem, SubscriptionPeriod
from apps.usage.quantity import billable_quantity

IN_ADVANCE = "in_advance"
PROGRESSIVE = "progressive"


@dataclass(frozen=True, slots=True)
class BilledSoFar:
    """What earlier lines of an item and period came to: minor units, units, and how many there were.

    Lines that were voided count as revisions only.
    """

    amount_minor: int = 0
    quantity: Decimal = Decimal(0)
    revision: int = 0


def rate_advance_usage(
    *,
    item: SubscriptionItem,
    period: SubscriptionPeriod,
    billed: BilledSoFar,
    below: int | None = None,
    final: bool = False,
    covered_until: datetime | None = None,
) -> Charge | None:
    """What usage of a running period costs beyond what was billed of it: a charge in advance, by the event.

    The difference of the rounded total and the earlier lines, so that they sum to it; below zero where events
    were voided, or more units cost less. The final one also tops up to the minimum spend, of a part of a
    period to its share by local days. `covered_until` (UTC) is where a cut period stops to count days. None
    when nothing is due, as for a trial that bills no usage.

    Raises:
        NotWeightedByDays, NoEventAmounts: the price asks for more than its meter can say (422).
    """
    window = billed_usage(item, period)
    if window is None:
        return None
    price = charge_price_of(item.price)
    used = used_in_part(item, window, price.model, below=below, covered_until=covered_until)
    further = further_price(
        price,
        prior=Usage(Decimal(0)),
        whole=used.until_now,
        billed=Money(billed.amount_minor, price.currency).major,
        is_last_line=final and period.phase.kind != PhaseKind.TRIAL,
        share=share_of_days(window, covered_until),
        earlier=used.earlier,
    )
    priced = rounded_once(further, price.currency)
    if not priced.money:
        return None
    quantity = difference(billable_quantity(used.quantity), billed.quantity)
    rated = Rated(quantity, priced.exact, priced.money, priced.trace, kind=IN_ADVANCE)
    return charge_of(item, period, rated, kind=IN_ADVANCE, revision=billed.revision)


def rate_usage_so_far(
    *, item: SubscriptionItem, period: SubscriptionPeriod, revision: int = 0
) -> list[Charge]:
    """All usage of a running period so far, as lines of a progressive invoice; without the minimum spend.

    `revision` is the number of progressive invoices of the period before.

    Raises:
        As `rate_advance_usage`.
    """
    return [
        charge_of(item, period, _so_far(line), kind=PROGRESSIVE, revision=revision)
        for line in _lines_so_far(item, period)
        if line.quantity or line.money
    ]


def _so_far(line: Rated) -> Rated:
    return replace(line, label=f"{line.label}, so far" if line.label else "so far")


def usage_amount(*, item: SubscriptionItem, period: SubscriptionPeriod) -> Money:
    """What the usage of a running period costs so far, whether it was billed already or not."""
    return Money.total((line.money for line in _lines_so_far(item, period)), item.price.currency)


def _lines_so_far(item: SubscriptionItem, period: SubscriptionPeriod) -> list[Rated]:
    window = billed_usage(item, period)
    return [] if window is None else rate_usage(item, window, final=False)
