from __future__ import annotations

from copy import copy
from datetime import datetime
from decimal import Decimal

from apps.plans.enums import QuantitySource
from apps.plans.models import Price
from apps.plans.policies import TrialUsage, policies_of
from apps.pricing.charge import Charge, charge_key
from apps.pricing.periods.period import Period
from apps.pricing.price import price_quantity, rounding_step
from apps.pricing.proration import prorated_amount, share_of
from apps.pricing.trace import Trace
from apps.rating.rated import Rated
from apps.rating.services.rate_usage import rate_usage
from apps.subscriptions.enums import PhaseKind
from apps.subscriptions.models import SubscriptionItem, SubscriptionPeriod

RECURRING = "recurring"
USAGE = "usage"


def rate_period(
    *,
    item: SubscriptionItem,
    period: SubscriptionPeriod,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    below: int | None = None,
) -> list[Charge]:
    """The charges of one subscription item for one period of its cadence; a trial has none but usage that
    its plan bills.

    A fee of a part of a period (a first calendar period, a cut one) is its share by the policies of its plan
    version, rounded once; one that is not prorated costs the same. `starts_at` and `ends_at` (UTC,
    half-open) narrow that part where the day of a change belongs to another plan. Usage is never prorated:
    it is what was used in the period, and stored below a watermark where `below` names one. Usage of nothing
    that costs nothing gives no charge; a fee of zero gives one.
    """
    if item.price.quantity_source == QuantitySource.METER:
        window = billed_usage(item, period)
        lines = [] if window is None else rate_usage(item, window, below=below, covered_until=ends_at)
        return [charge_of(item, period, line) for line in lines if line.quantity or line.money]
    part = _paid_part(item, period, starts_at or period.starts_at, ends_at or period.ends_at)
    if part is None:
        return []
    return [charge_of(item, period, _rate_fee(item, period, part), starts_at=part.starts_at)]


def rate_whole_fee(item: SubscriptionItem) -> Rated:
    """The fee of an item for a whole period, whatever part of it is billed. Not for metered items."""
    seats = item.price.quantity_source == QuantitySource.SEATS
    return _price(item.price, Decimal(item.quantity if seats else 1))


def billed_usage(item: SubscriptionItem, period: SubscriptionPeriod) -> SubscriptionPeriod | None:
    """The part of a period whose usage is billed: without the trial, unless the plan bills its usage."""
    if policies_of(period.phase.plan_version).trial_usage is TrialUsage.BILLED:
        return period
    part = _paid_part(item, period, period.starts_at, period.ends_at)
    if part is None:
        return None
    window = copy(period)
    window.starts_at = part.starts_at
    return window


def _paid_part(
    item: SubscriptionItem, period: SubscriptionPeriod, starts_at: datetime, ends_at: datetime
) -> Period | None:
    """What of [starts_at, ends_at) lies behind the trial; None where nothing does."""
    if period.phase.kind == PhaseKind.TRIAL:
        return None
    trial_ends_at = item.subscription.trial_ends_at
    if trial_ends_at is not None and trial_ends_at >= period.ends_at:
        # An end on the last day of the trial: that day counts as used, but nothing is paid for yet.
        return None
    if trial_ends_at is not None and trial_ends_at > starts_at:
        starts_at = trial_ends_at
    return Period(starts_at, ends_at) if starts_at < ends_at else None


def _rate_fee(item: SubscriptionItem, period: SubscriptionPeriod, part: Period) -> Rated:
    whole = rate_whole_fee(item)
    if not item.price.prorated:
        return whole
    policy = policies_of(period.phase.plan_version).proration
    full = Period(period.full_starts_at, period.full_ends_at)
    share = share_of(policy, part, full, period.phase.anchor_zone)
    if share.is_whole:
        return whole
    prorated = prorated_amount(whole.exact, share, policy)
    money = prorated.money(item.price.currency)
    steps = (*whole.trace.steps[:-1], prorated.step(), rounding_step(prorated.shown, money))
    return Rated(whole.quantity, prorated.shown, money, Trace(whole.trace.currency, steps), kind=RECURRING)


def _price(price: Price, quantity: Decimal) -> Rated:
    priced = price_quantity(
        model=price.model, parameters=price.parameters, quantity=quantity, currency=price.currency
    )
    return Rated(quantity, priced.exact, priced.money, priced.trace, kind=RECURRING)


def charge_of(
    item: SubscriptionItem,
    period: SubscriptionPeriod,
    rated: Rated,
    *,
    starts_at: datetime | None = None,
    kind: str = "",
    revision: int = 0,
) -> Charge:
    """A rated line as a charge of its item and period, from `starts_at` (UTC, inclusive) where that is later.

    `kind` is the charge's where it is not the line's.
    """
    price = item.price
    # Usage and its base fee stay apart also where both are billed as another kind.
    keyed = kind if rated.kind in {USAGE, kind} and kind else f"{kind} {rated.kind}".strip()
    return Charge(
        source="rating",
        key=charge_key(item.public_id, price.code, period.starts_at, rated.dimension, keyed, revision),
        customer_id=item.subscription.customer_id,
        currency=price.currency,
        amount=rated.money,
        exact=rated.exact,
        quantity=rated.quantity,
        description=charge_name(price, rated.label),
        period_start=starts_at or period.starts_at,
        period_end=period.ends_at,
        trace=rated.trace,
        price_id=price.public_id,
        item_id=item.pk,
        kind=kind or rated.kind,
        dimension=rated.dimension,
    )


def charge_name(price: Price, label: str = "") -> str:
    """What an invoice calls a charge: the price's name, with its plan's where that does not say it."""
    plan = price.version.plan.name
    name = price.name if plan.lower() in price.name.lower() else f"{plan}: {price.name}"
    return f"{name} ({label})" if label else name
