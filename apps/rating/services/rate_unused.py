from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from apps.plans.policies import policies_of
from apps.pricing.charge import Charge, charge_key
from apps.pricing.credits import limited_credit
from apps.pricing.money import Money
from apps.pricing.periods.cadence import Cadence, Interval
from apps.pricing.periods.period import Period
from apps.pricing.plan_change import BilledPeriod, unused_amount, unused_part
from apps.pricing.price import rounding_step
from apps.pricing.proration import Prorated
from apps.pricing.proration_policy import ProrationPolicy, ProrationUnit
from apps.pricing.trace import Trace, step
from apps.rating.rated import Rated
from apps.rating.services.rate import charge_name, rate_whole_fee
from apps.subscriptions.models import SubscriptionItem
from apps.subscriptions.schedule import whole_period

CREDIT = "credit"


@dataclass(frozen=True, slots=True)
class BilledFee:
    """A recurring fee as it stands on an invoice line: what it was for, and what may be credited of it.

    `line_id` is the line's key, `creditable_minor` its amount less earlier credits (minor units).
    """

    line_id: int
    period: Period
    fee: Decimal
    creditable_minor: int


def rate_unused(
    *, item: SubscriptionItem, billed: BilledFee, boundary: datetime, stops: bool = True
) -> Charge | None:
    """The credit, a negative charge, for the part of a billed fee from `boundary` (UTC, inclusive) on.

    By the policies of the item's plan version: the price of a whole period (or the fee as billed) times the
    unused share, never more than what is left of the line, rounded once. With the proration unit `none` a
    change gives back all of it, and what `stops` (an end, a pause) nothing of a period that has begun. None
    when nothing is unused, and for a fee that is not prorated. The charge's metadata names the line it takes
    back from.
    """
    if not item.price.prorated:
        return None
    phase, currency = item.phase, item.price.currency
    policy = policies_of(phase.plan_version).proration
    unused = unused_part(billed.period, boundary)
    has_no_parts = stops and policy.proration_unit is ProrationUnit.NONE
    if unused is None or (has_no_parts and unused != billed.period):
        return None
    cadence = Cadence(Interval(item.price.interval), item.price.interval_count)
    whole = rate_whole_fee(item)
    basis = BilledPeriod(
        plan_amount=whole.exact,
        period=billed.period,
        full=whole_period(phase, cadence, billed.period.starts_at),
        zone=phase.anchor_zone,
        fee=billed.fee,
    )
    prorated = unused_amount(policy, basis, unused)
    creditable = Money(billed.creditable_minor, currency)
    money = _limited(policy, prorated, creditable)
    return _credit(item, billed, unused, _told(billed, prorated, creditable, money)) if money else None


def _limited(policy: ProrationPolicy, prorated: Prorated, creditable: Money) -> Money:
    limit = limited_credit(policy, prorated.exact, original=creditable.major, previous=0)
    return min(Money.from_exact(limit, creditable.currency, policy.amount_rounding), creditable)


def _told(billed: BilledFee, prorated: Prorated, creditable: Money, money: Money) -> Rated:
    """The unused part with its trace: also that no more of the line could be credited, where that cut it."""
    exact, steps = prorated.shown, [step("unused_part", amount=billed.fee), prorated.step("unused")]
    if prorated.exact > creditable.major:
        exact = creditable.major
        steps.append(step("credit_limited", amount=exact))
    trace = Trace(money.currency).then(*steps, rounding_step(exact, money))
    return Rated(Decimal(1), exact, money, trace, kind=CREDIT)


def _credit(item: SubscriptionItem, billed: BilledFee, unused: Period, rated: Rated) -> Charge:
    price = item.price
    return Charge(
        source="rating",
        key=charge_key(item.public_id, price.code, billed.period.starts_at, "", CREDIT),
        customer_id=item.subscription.customer_id,
        currency=price.currency,
        amount=-rated.money,
        exact=-rated.exact,
        quantity=Decimal(item.quantity),
        description=f"Unused: {charge_name(price)}",
        period_start=unused.starts_at,
        period_end=unused.ends_at,
        trace=rated.trace,
        price_id=price.public_id,
        item_id=item.pk,
        kind=CREDIT,
        dimension="",
        metadata={"credits_line": str(billed.line_id)},
    )
