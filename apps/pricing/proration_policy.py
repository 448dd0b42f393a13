"""The named rules of proration: which part of a price a part of a period costs, and who owns the edges.

A plan version stores its choice as JSON under these very keys and values. Ways that Monetize never departs
from are `ALWAYS`: naming one is allowed, naming another value is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from apps.pricing.errors import PricingError
from apps.pricing.parameters import Parameters, read_choice, refuse_unknown
from apps.pricing.rounding import Rounding


class ProrationUnit(StrEnum):
    """Policy `proration_unit`: in what the parts of a period are counted."""

    DAY = "day"
    """Calendar days in the customer's zone: a day of 23 or 25 hours is one day. The default."""
    SECOND = "second"
    """Seconds between the instants."""
    DAY_30_360 = "day_30_360"
    """Every month counts 30 days: 30 x difference of the month numbers + difference of the days of month."""
    NONE = "none"
    """No ratio: a part costs as much as the whole, and nothing is left unused of a period that has begun."""


class ProrationRounding(StrEnum):
    """Policy `proration_rounding`: where a partial amount is rounded."""

    AMOUNT = "amount"
    """The ratio is an exact fraction; the amount is rounded once. The default."""
    FACTOR_9 = "factor_9"
    """The ratio is rounded half up to 9 decimals first, as bills show it; then the amount once more."""


class Denominator(StrEnum):
    """Policy `denominator`: the whole period behind a partial one."""

    FULL_PERIOD = "full_period"
    """The whole period on the calendar, anniversary or billing-day lattice. The default."""
    PERIOD_ON_SAME_BOUNDARY = "period_on_same_boundary"
    """The whole period of the lattice that ends on the boundary where the part ends."""
    BOUNDARY_MINUS_INTERVAL = "boundary_minus_interval"
    """A leading part: its first boundary less one interval, plainly subtracted and not moved to the billing
    day again (the whole period before 28 February starts on 28 January, also for billing day 31)."""
    FIXED_DAYS = "fixed_days"
    """Written `fixed_days:30`: that many days, whatever the real length. A whole period still costs 1."""


class ChangeDay(StrEnum):
    """Policy `change_day`: owner of the day of a plan change; seconds have no such day."""

    NEW_PLAN = "new_plan"
    """The new plan: the old one is credited from that day on. The default."""
    OLD_PLAN = "old_plan"
    """The old plan: the new one is charged from the day after."""


class TerminationDay(StrEnum):
    """Policy `termination_day`: the day of a termination; seconds have no such day."""

    USED = "used"
    """Billed: the customer had that day."""
    UNUSED = "unused"
    """Not billed: the end is exclusive, as every end is. The default."""


class NewPlanCharge(StrEnum):
    """Policy `new_plan_charge`: what a change charges for the new plan."""

    REMAINING_PART = "remaining_part"
    """Its price for the rest of the running period. The default."""
    FULL_PERIOD = "full_period"
    """The full price: a new period starts at the change."""


class CreditBase(StrEnum):
    """Policy `credit_base`: the amount from which an unused part is taken."""

    PLAN_AMOUNT = "plan_amount"
    """The price of a whole period x unused / whole period. The default."""
    ROUNDED_FEE = "rounded_fee"
    """The fee as it was billed x unused / billed part."""


class CreditLimit(StrEnum):
    """Policy `credit_limit`: the upper limit of a credit; never below zero."""

    ORIGINAL_LESS_PREVIOUS = "original_less_previous"
    """What was billed less what was credited before. The default."""
    ITEM_LESS_ADJUSTMENTS = "item_less_adjustments"
    """The same, counted per invoice item: its amount less its earlier adjustments."""
    UNUSED_LESS_PREVIOUS = "unused_less_previous"
    """The unused part itself is reduced by what was credited before."""


class RefundRest(StrEnum):
    """Policy `refund_rest`: where the part of a credit goes that is not paid back."""

    CREDIT_BALANCE = "credit_balance"
    """It stays as credit of the customer. The default."""
    INVOICE_OFFSET = "invoice_offset"
    """It reduces what is due on the unpaid invoice."""


ALWAYS: Mapping[str, str] = {
    "trailing_denominator": "full_period",
    "net": "sum_of_rounded_lines",
    "one_time_fee": "full_amount",
    "day_count": "local_calendar_days",
    "trial_end_day": "billed",
    "refund_basis": "paid_less_used",
    "credit_tax": "from_unrounded_item",
    "credit_note_total": "sum_of_rounded_parts",
}
"""Keys with one way only: last boundary to the next; lines are rounded, then added; one-time fees are never
prorated; days are counted between local dates; the paid part starts on the day a trial ends; at most what
was paid beyond the used part is paid back; tax from the exact item; rounded net + rounded tax."""

_FIXED_DAYS = re.compile(r"fixed_days:([1-9][0-9]{0,3})")


@dataclass(frozen=True, slots=True)
class ProrationPolicy:
    """The rules by which one plan version prorates; `fixed_days` belongs to that denominator alone.

    Raises:
        PricingError: `invalid_fixed_days`, `rounding_missing` for the rounding `none`.
    """

    proration_unit: ProrationUnit = ProrationUnit.DAY
    proration_rounding: ProrationRounding = ProrationRounding.AMOUNT
    amount_rounding: Rounding = Rounding.HALF_UP
    denominator: Denominator = Denominator.FULL_PERIOD
    fixed_days: int | None = None
    change_day: ChangeDay = ChangeDay.NEW_PLAN
    termination_day: TerminationDay = TerminationDay.UNUSED
    new_plan_charge: NewPlanCharge = NewPlanCharge.REMAINING_PART
    credit_base: CreditBase = CreditBase.PLAN_AMOUNT
    credit_limit: CreditLimit = CreditLimit.ORIGINAL_LESS_PREVIOUS
    refund_rest: RefundRest = RefundRest.CREDIT_BALANCE

    def __post_init__(self) -> None:
        is_fixed = self.denominator is Denominator.FIXED_DAYS
        if is_fixed != (self.fixed_days is not None) or (self.fixed_days is not None and self.fixed_days < 1):
            raise PricingError("invalid_fixed_days", "fixed_days:N needs a whole N from 1", "denominator")
        if self.amount_rounding is Rounding.NONE:
            raise PricingError("rounding_missing", "an amount of money must be rounded", "amount_rounding")

    @classmethod
    def parse(cls, policies: Parameters) -> ProrationPolicy:
        """Read the keys of `KEYS` from JSON; what is absent has its default.

        Raises:
            PricingError: `unknown_parameter` for another key, `unknown_choice` for a value not offered;
                `field` names the key.
        """
        refuse_unknown(policies, KEYS)
        for key, only in ALWAYS.items():
            if policies.get(key, only) != only:
                raise PricingError("unknown_choice", f"{key} is always {only}", key)
        denominator, fixed_days = _read_denominator(policies)
        chosen: dict[str, Any] = {key: read_choice(policies, key, getattr(cls(), key)) for key in CHOICES}
        return cls(denominator=denominator, fixed_days=fixed_days, **chosen)

    def to_json(self) -> dict[str, str]:
        """Return every rule under its key, as `parse` reads it."""
        written = {key: str(getattr(self, key)) for key in ("denominator", *CHOICES)}
        if self.fixed_days is not None:
            written["denominator"] = f"fixed_days:{self.fixed_days}"
        return written


CHOICES = tuple(f.name for f in fields(ProrationPolicy) if f.name not in {"denominator", "fixed_days"})
KEYS = frozenset({"denominator", *CHOICES, *ALWAYS})
"""What `ProrationPolicy.parse` reads: the proration rules among the policies of a plan version."""


def _read_denominator(policies: Parameters) -> tuple[Denominator, int | None]:
    match = _FIXED_DAYS.fullmatch(str(policies.get("denominator", "")))
    if match is not None:
        return Denominator.FIXED_DAYS, int(match[1])
    return read_choice(policies, "denominator", Denominator.FULL_PERIOD), None
