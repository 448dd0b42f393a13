from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from apps.plans.models import MinimumCommitment
from apps.plans.policies import CommitmentProration, policies_of
from apps.pricing.charge import Charge, charge_key
from apps.pricing.money import Money
from apps.pricing.periods.period import Period
from apps.pricing.price import rounding_step
from apps.pricing.proration import prorated_amount, share_of
from apps.pricing.trace import Step, Trace, step
from apps.subscriptions.models import SubscriptionItem, SubscriptionPeriod

COMMITMENT = "commitment"


def rate_commitment(
    *,
    commitment: MinimumCommitment,
    item: SubscriptionItem,
    period: SubscriptionPeriod,
    starts_at: datetime,
    ends_at: datetime,
    counted_minor: int,
) -> Charge | None:
    """The true-up of a closed billing period to the minimum commitment of its plan; None when nothing is
    missing.

    `counted_minor` is what counts toward it: the fee of the period as it was billed, and all its usage. Of a
    period that was active in [starts_at, ends_at) only (UTC) the commitment is its share by the policies of
    the plan version, rounded before the counted amount comes off. `item` is the one whose fee gives
    the billing period; its key carries the charge.
    """
    currency = commitment.currency
    whole = Money(commitment.amount_minor, currency)
    due, steps = _share(whole, period, Period(starts_at, ends_at))
    missing = due.minor - counted_minor
    if missing <= 0:
        return None
    money = Money(missing, currency)
    counted = Money(counted_minor, currency).major
    trace = Trace(currency, (*steps, step("counted", amount=counted), rounding_step(money.major, money)))
    return Charge(
        source="rating",
        key=charge_key(item.public_id, COMMITMENT, period.starts_at, "", COMMITMENT),
        customer_id=item.subscription.customer_id,
        currency=currency,
        amount=money,
        exact=money.major,
        quantity=Decimal(1),
        description=f"{item.price.version.plan.name}: {commitment.name}",
        period_start=starts_at,
        period_end=ends_at,
        trace=trace,
        price_id=item.price.public_id,
        item_id=item.pk,
        kind=COMMITMENT,
        dimension="",
    )


def _share(whole: Money, period: SubscriptionPeriod, part: Period) -> tuple[Money, list[Step]]:
    """The commitment of a part of a period, rounded, and the steps that tell it."""
    policies = policies_of(period.phase.plan_version)
    told = [step("commitment", amount=whole.major)]
    if policies.commitment_proration is CommitmentProration.NONE:
        return whole, told
    full = Period(period.full_starts_at, period.full_ends_at)
    share = share_of(policies.proration, part, full, period.phase.anchor_zone)
    if share.is_whole:
        return whole, told
    prorated = prorated_amount(whole.major, share, policies.proration)
    money = prorated.money(whole.currency)
    return money, [*told, prorated.step(), rounding_step(prorated.shown, money)]
