"""What invoice lines bill, as discounts, credit grants and tax tables look at them."""

from __future__ import annotations

from collections.abc import Sequence

from apps.invoices.models import InvoiceLine
from apps.subscriptions.billed_line import BilledLine
from apps.subscriptions.models import SubscriptionItem


def billed_lines(lines: Sequence[InvoiceLine]) -> list[BilledLine]:
    """The plan, product, meter and subscription of each line, in their order; one query."""
    keys = {line.item_id for line in lines if line.item_id is not None}
    rows = SubscriptionItem.objects.filter(pk__in=keys).values_list(
        "pk", "price__version__plan_id", "price__version__plan__product_id", "price__meter_id"
    )
    billed = {pk: of_item for pk, *of_item in rows} if keys else {}
    return [_billed(line, billed.get(line.item_id or 0, [None, None, None])) for line in lines]


def _billed(line: InvoiceLine, of_item: Sequence[int | None]) -> BilledLine:
    plan, product, meter = of_item
    return BilledLine(plan, product, meter, line.subscription_id)
