from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from apps.invoices.selectors import fees_billed_until, given_back_as_unused
from apps.plans.policies import policies_of
from apps.pricing.charge import Charge, charge_key
from apps.pricing.money import Money
from apps.pricing.proration_policy import ProrationUnit
from apps.pricing.trace import step
from apps.rating.services.rate import rate_period
from apps.subscriptions.models import SubscriptionItem, SubscriptionPeriod


def fee_in_advance(
    *, parts: Sequence[SubscriptionItem], period: SubscriptionPeriod, starts_at: datetime, ends_at: datetime
) -> list[Charge]:
    """The fee of an item for [starts_at, ends_at) (UTC) of an opened period.

    `parts` are the item and those that it continues. Behind a cut that was taken back, the rest of a whole
    period costs what the period costs less what was billed of it until then: the parts then sum to the whole
    to the cent, whatever the policy of proration is.
    """
    item = parts[0]
    began, billed = starts_at, 0
    if period.ends_at == period.full_ends_at or not _has_parts(item):
        began, billed = _billed_until(parts, period, starts_at)
    if began == starts_at:
        return rate_period(item=item, period=period, starts_at=starts_at, ends_at=ends_at)
    whole = rate_period(item=item, period=period, starts_at=began)
    before = Money(billed, item.price.currency)
    # A free fee gives its line of zero, as it does for a whole period.
    owed = [charge for charge in whole if charge.amount != before or not charge.amount]
    return [_rest(charge, item, period, starts_at, before) for charge in owed]


def _billed_until(
    parts: Sequence[SubscriptionItem], period: SubscriptionPeriod, until: datetime
) -> tuple[datetime, int]:
    """From when on a fee was billed without a gap up to `until`, and how much (minor units).

    What costs the same for a part as for the whole leaves gaps: nothing was owed for the rest.
    """
    if until <= max(parts[-1].phase.starts_at, period.full_starts_at):
        return until, 0
    has_parts = _has_parts(parts[0])
    lines = fees_billed_until(
        item_ids=[part.pk for part in parts], starts_at=period.full_starts_at, ends_at=until
    )
    given = given_back_as_unused(lines) if lines else set()
    began, billed = until, 0
    for line in lines:
        if line.pk in given or line.period_starts_at is None or (has_parts and line.period_ends_at != began):
            break
        began, billed = line.period_starts_at, billed + line.amount_minor
    return began, billed


def _has_parts(item: SubscriptionItem) -> bool:
    """Whether a part of a period costs less than the whole."""
    unit = policies_of(item.phase.plan_version).proration.proration_unit
    return item.price.prorated and unit is not ProrationUnit.NONE


def _rest(
    charge: Charge, item: SubscriptionItem, period: SubscriptionPeriod, starts_at: datetime, billed: Money
) -> Charge:
    return replace(
        charge,
        key=charge_key(item.public_id, item.price.code, period.starts_at, "", charge.kind),
        amount=charge.amount - billed,
        exact=charge.exact - billed.major,
        period_start=starts_at,
        trace=charge.trace.then(step("already_billed", amount=billed.major)),
    )
