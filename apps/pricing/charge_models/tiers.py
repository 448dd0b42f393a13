"""Tiers shared by graduated and volume pricing.

The tiers split the half line of quantities without a gap, as decimals: the tier after `up_to` 10 holds 10.5
as well as 11. With the default `tier_bound` the ranges are (after, up_to], with the other one [after, up_to).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from apps.pricing.charge_models import tier_policies
from apps.pricing.charge_models.tier_policies import TierPolicies, parse_tier_policies
from apps.pricing.errors import PricingError
from apps.pricing.exact import ZERO, percent, total
from apps.pricing.parameters import (
    Parameters,
    as_parameters,
    decimal_from,
    read_decimal,
    read_list,
    read_optional,
    refuse_unknown,
)
from apps.pricing.trace import Step, step

KEYS = frozenset({"tiers"}) | tier_policies.KEYS
TIER_KEYS = frozenset({"up_to", "flat_amount", "max_amount"})


@dataclass(frozen=True, slots=True)
class Tier:
    """One tier; amounts in major units. `up_to` None is open, `max_amount` None is no cap on its own cost."""

    number: int
    after: Decimal
    up_to: Decimal | None
    unit_amount: Decimal
    flat_amount: Decimal
    max_amount: Decimal | None

    def with_flat_and_cap(self, amount: Decimal, *, owes_flat_fee: bool) -> tuple[Decimal, list[Step]]:
        """Return the cost of the tier's units with its flat amount, capped, and the steps of both."""
        steps = []
        if self.flat_amount and owes_flat_fee:
            amount = total([amount, self.flat_amount])
            steps.append(step("tier_flat", tier=str(self.number), amount=self.flat_amount))
        if self.max_amount is not None and amount > self.max_amount:
            amount = self.max_amount
            steps.append(step("tier_cap", tier=str(self.number), cap=self.max_amount, amount=amount))
        return amount, steps


@dataclass(frozen=True, slots=True)
class Tiers:
    """Tiers in ascending order without gaps, and the policies that decide at their edges."""

    tiers: tuple[Tier, ...]
    policies: TierPolicies

    def is_entered(self, tier: Tier, quantity: Decimal) -> bool:
        """Tell whether a quantity (>= 0) reaches into a tier; the first tier always counts as entered."""
        return tier.number == 1 or self.policies.is_above(quantity, tier.after)

    def tier_of(self, quantity: Decimal) -> Tier:
        """Return the one tier that holds a quantity (>= 0), the last one for a quantity beyond it."""
        return [tier for tier in self.tiers if self.is_entered(tier, quantity)][-1]

    def within_bound(self, quantity: Decimal) -> tuple[Decimal, Decimal]:
        """Split a quantity (>= 0) into the part that is priced and the part beyond the last tier.

        Raises:
            PricingError: `beyond_last_tier` under that policy's `error`.
        """
        return self.policies.within(quantity, self.tiers[-1].up_to)


def parse_tiers(parameters: Parameters, *, rate: str = "unit_amount", can_release: bool = False) -> Tiers:
    """Read `tiers` and the policies of tiers. `rate` is the key of a unit's price; a `rate_percent` is
    read as a hundredth of itself.

    Raises:
        PricingError: the field path names the culprit, such as `tiers[1].up_to`: bounds must ascend, only
            the last tier may be open, and it must be unless `beyond_last_tier` is named.
    """
    refuse_unknown(parameters, KEYS)
    tiers: list[Tier] = []
    for index, entry in enumerate(read_list(parameters, "tiers")):
        tier_policies.refuse_after_open(bool(tiers) and tiers[-1].up_to is None, index, "up_to")
        after = tiers[-1].up_to if tiers else None
        tiers.append(_parse_tier(as_parameters(entry, f"tiers[{index}]"), index, after or ZERO, rate))
    tier_policies.refuse_gap_above(
        parameters, is_open=tiers[-1].up_to is None, field=f"tiers[{len(tiers) - 1}].up_to"
    )
    return Tiers(tuple(tiers), parse_tier_policies(parameters, can_release=can_release))


def _parse_tier(entry: Parameters, index: int, after: Decimal, rate: str) -> Tier:
    path = f"tiers[{index}]."
    refuse_unknown(entry, TIER_KEYS | {rate}, path)
    if "up_to" not in entry:
        raise PricingError("missing", f"{path}up_to is missing; null leaves a tier open", f"{path}up_to")
    up_to = None if entry["up_to"] is None else decimal_from(entry["up_to"], f"{path}up_to")
    if up_to is not None and up_to <= after:
        raise PricingError("tiers_not_ascending", f"{path}up_to must be above {after}", f"{path}up_to")
    unit_amount = read_decimal(entry, rate, path=path, default="0")
    return Tier(
        number=index + 1,
        after=after,
        up_to=up_to,
        unit_amount=percent(unit_amount) if rate == "rate_percent" else unit_amount,
        flat_amount=read_decimal(entry, "flat_amount", path=path, default="0"),
        max_amount=read_optional(entry, "max_amount", path=path),
    )
