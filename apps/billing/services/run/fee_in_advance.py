from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from apps.invoices.selectors import billed_of_item
from apps.pricing.charge import Charge, charge_key
from apps.pricing.money import Money
from apps.pricing.trace import step
from apps.rating.services.rate import rate_period
from apps.subscriptions.models import SubscriptionItem, SubscriptionPeriod


def fee_in_advance(
    *, item: SubscriptionItem, period: SubscriptionPeriod, starts_at: datetime, ends_at: datetime
) -> list[Charge]:
    """The fee of an item for [starts_at, ends_at) (UTC) of an opened period.

    Behind a cut that was taken back, the rest of a whole period costs what the period costs less what was
    billed of it: the parts then sum to the whole to the cent, whatever the policy of proration is.
    """
    began = max(item.phase.starts_at, period.full_starts_at)
    is_rest = period.starts_at > began and period.ends_at == period.full_ends_at
    if not is_rest:
        return rate_period(item=item, period=period, starts_at=starts_at, ends_at=ends_at)
    billed = Money(
        billed_of_item(item_id=item.pk, starts_at=began, ends_at=period.starts_at), item.price.currency
    )
    whole = rate_period(item=item, period=period, starts_at=began)
    # A free fee gives its line of zero, as it does for a whole period.
    owed = [charge for charge in whole if charge.amount != billed or not charge.amount]
    return [_rest(charge, item, period, billed) for charge in owed]


def _rest(charge: Charge, item: SubscriptionItem, period: SubscriptionPeriod, billed: Money) -> Charge:
    return replace(
        charge,
        key=charge_key(item.public_id, item.price.code, period.starts_at, "", charge.kind),
        amount=charge.amount - billed,
        exact=charge.exact - billed.major,
        period_start=period.starts_at,
        trace=charge.trace.then(step("already_billed", amount=billed.major)),
    )
