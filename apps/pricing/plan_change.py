"""What a change or an end in the middle of a paid period gives back, and what the new plan costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from apps.pricing.errors import PricingError
from apps.pricing.periods.period import Period
from apps.pricing.periods.wall_clock import as_utc, local_day, start_of_day
from apps.pricing.proration import (
    WHOLE,
    Prorated,
    prorated_amount,
    share_of,
    share_of_counts,
    units_in,
)
from apps.pricing.proration_policy import (
    ChangeDay,
    CreditBase,
    NewPlanCharge,
    ProrationPolicy,
    ProrationUnit,
    TerminationDay,
)

_DAYS = frozenset({ProrationUnit.DAY, ProrationUnit.DAY_30_360})


@dataclass(frozen=True, slots=True)
class BilledPeriod:
    """A fee that was billed in advance: for `period`, which may be a part of the whole period `full`.

    `plan_amount` is the exact price of `full` in major units, discounts already taken off; `fee` is what was
    billed for `period` after rounding, needed for the credit base `rounded_fee` only. Days are local days of
    `zone`.
    """

    plan_amount: Decimal | Fraction
    period: Period
    full: Period
    zone: str
    fee: Decimal | Fraction | None = None


@dataclass(frozen=True, slots=True)
class ChangeAmounts:
    """The two sides of a change, both positive: round each with `.money()`, then subtract.

    `remaining` is the part of the billed period that the new plan takes over, None when nothing is left.
    """

    credit: Prorated
    charge: Prorated
    remaining: Period | None


def change_amounts(
    policy: ProrationPolicy, billed: BilledPeriod, new_amount: Decimal | Fraction, at: datetime
) -> ChangeAmounts:
    """Return what is given back of the old plan and what the new one costs when it changes at `at`.

    `new_amount` is the new plan's exact price of a whole period in major units, discounts already taken off.
    A change at the start of the period gives back and charges all of it, one at its end or later nothing
    (with `new_plan_charge` full_period the new plan always costs its whole price).

    Raises:
        PricingError: `fee_missing` for the credit base `rounded_fee`; `float_refused`.
    """
    remaining = unused_part(billed.period, change_boundary(policy, at, billed.zone))
    if policy.new_plan_charge is NewPlanCharge.FULL_PERIOD:
        share = WHOLE
    else:
        share = share_of(policy, remaining, billed.full, billed.zone)
    credit = unused_amount(policy, billed, remaining)
    return ChangeAmounts(credit, prorated_amount(new_amount, share, policy), remaining)


def quantity_change_amount(
    policy: ProrationPolicy, billed: BilledPeriod, whole_difference: Decimal | Fraction, at: datetime
) -> Prorated:
    """Return what a change of quantity at `at` costs for the rest of the period; negative when it falls.

    `whole_difference` is the exact price of a whole period after the change less that before, discounts
    already taken off each: the difference is prorated and rounded as one amount.
    """
    remaining = unused_part(billed.period, change_boundary(policy, at, billed.zone))
    return prorated_amount(whole_difference, share_of(policy, remaining, billed.full, billed.zone), policy)


def termination_credit(policy: ProrationPolicy, billed: BilledPeriod, at: datetime) -> Prorated:
    """Return the unused part of a billed fee when its subscription ends at `at`, before any limit.

    All of it when `at` lies before the billed period. With the unit `none` nothing is unused of a period
    that has begun.

    Raises:
        PricingError: `fee_missing` for the credit base `rounded_fee`.
    """
    unused = unused_part(billed.period, termination_boundary(policy, at, billed.zone))
    if policy.proration_unit is ProrationUnit.NONE and unused != billed.period:
        unused = None
    return unused_amount(policy, billed, unused)


def used_amount(policy: ProrationPolicy, billed: BilledPeriod, at: datetime) -> Prorated:
    """Return the used part of a billed fee when its subscription ends at `at`: what may not be refunded."""
    boundary = min(termination_boundary(policy, at, billed.zone), billed.period.ends_at)
    used = Period(billed.period.starts_at, boundary) if boundary > billed.period.starts_at else None
    return unused_amount(policy, billed, used)


def change_boundary(policy: ProrationPolicy, at: datetime, zone: str) -> datetime:
    """Return the first instant of the new plan.

    That is `at`; counted in days under `change_day` old_plan the local midnight after it.
    """
    if policy.proration_unit in _DAYS and policy.change_day is ChangeDay.OLD_PLAN:
        return _next_midnight(at, zone)
    return as_utc(at)


def termination_boundary(policy: ProrationPolicy, at: datetime, zone: str) -> datetime:
    """Return the first unused instant.

    That is `at`; counted in days under `termination_day` used the local midnight after it.
    """
    if policy.proration_unit in _DAYS and policy.termination_day is TerminationDay.USED:
        return _next_midnight(at, zone)
    return as_utc(at)


def unused_part(period: Period, boundary: datetime) -> Period | None:
    """Return the part of a period from `boundary` on, None when nothing is left of it."""
    if boundary >= period.ends_at:
        return None
    return Period(max(boundary, period.starts_at), period.ends_at)


def unused_amount(policy: ProrationPolicy, billed: BilledPeriod, part: Period | None) -> Prorated:
    """Return what a part of a billed period is worth by the policy's `credit_base`, exact.

    Raises:
        PricingError: `fee_missing` when that is `rounded_fee` and the fee is unknown.
    """
    if policy.credit_base is CreditBase.PLAN_AMOUNT or part is None:
        share = share_of(policy, part, billed.full, billed.zone)
        return prorated_amount(billed.plan_amount, share, policy)
    if billed.fee is None:
        raise PricingError("fee_missing", "the credit base rounded_fee needs the fee that was billed", "fee")
    share = WHOLE
    if part != billed.period:
        unit = policy.proration_unit
        counts = (units_in(span, billed.zone, unit) for span in (part, billed.period))
        share = share_of_counts(policy, *counts)
    return prorated_amount(billed.fee, share, policy)


def _next_midnight(at: datetime, zone: str) -> datetime:
    return start_of_day(local_day(at, zone) + timedelta(days=1), zone)
