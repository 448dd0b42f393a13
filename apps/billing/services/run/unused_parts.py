from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from apps.invoices.models import InvoiceLine
from apps.invoices.selectors import creditable_of, fees_billed_beyond, given_back_as_unused
from apps.pricing.charge import Charge
from apps.pricing.money import Money
from apps.pricing.periods.period import Period
from apps.rating.services.rate_unused import BilledFee, rate_unused
from apps.subscriptions.models import SubscriptionItem


def unused_parts(
    *, items: Sequence[SubscriptionItem], at: datetime, boundary: datetime, stops: bool
) -> list[Charge]:
    """The credits for what items were billed in advance and no longer cover from `boundary` on.

    `at` (UTC) is the instant of the change or the end, `boundary` the first instant that is unused: later
    where the day itself counts as used; `stops` tells an end or a pause. What was never billed, or was free,
    gives nothing; what was given back once, by a change or a pause of the same instant, is not given again.
    """
    beyond = fees_billed_beyond(item_ids=[item.pk for item in items], at=at)
    given = given_back_as_unused(beyond) if beyond else set()
    lines = [line for line in beyond if line.pk not in given]
    if not lines:
        return []
    left = creditable_of(lines)
    known = {item.pk: item for item in items}
    billed = [_billed(line, known, left[line.pk]) for line in lines if left[line.pk] > 0]
    credits = [
        rate_unused(item=item, billed=fee, boundary=boundary, stops=stops)
        for item, fee in (one for one in billed if one is not None)
    ]
    return [credit for credit in credits if credit is not None]


def _billed(
    line: InvoiceLine, items: Mapping[int, SubscriptionItem], left: int
) -> tuple[SubscriptionItem, BilledFee] | None:
    if line.item_id is None or line.period_starts_at is None or line.period_ends_at is None:
        return None
    item = items[line.item_id]
    fee = BilledFee(
        line_id=line.pk,
        period=Period(line.period_starts_at, line.period_ends_at),
        fee=Money(line.amount_minor, item.price.currency).major,
        creditable_minor=left,
    )
    return item, fee
