"""Graduated pricing of units that are weighted by the time they stood.

The running full units say which tiers a change fills, or leaves from the top down; the weighted units of the
same change are spread over those tiers in proportion, and each tier's price multiplies its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from apps.pricing.charge_models.base import NegativeQuantity, Priced, counted_quantity
from apps.pricing.charge_models.tier_policies import BeyondLastTier
from apps.pricing.charge_models.tiers import Tier, Tiers
from apps.pricing.exact import ZERO, exact_fraction, total
from apps.pricing.rounding import rounded_decimal
from apps.pricing.trace import Step, Trace, step
from apps.pricing.usage import Change

SHOWN_DECIMALS = 12


def price_changes(tiers: Tiers, changes: Sequence[Change], currency: str) -> Priced:
    """Return the price of changes in order of time, exact (a sum that does not end to 30 decimals).

    The flat amount of every tier that was ever entered is due in full. A price below zero is zero.

    Raises:
        PricingError: `negative_quantity` or `beyond_last_tier`, where the policies say so.
    """
    left = total(change.units for change in changes)
    policies = tiers.policies
    if left < 0 and policies.negative_quantity is not NegativeQuantity.RELEASE_FROM_TOP_TIER:
        return Priced(ZERO, Trace(currency).then(*counted_quantity(left, policies.negative_quantity)[1]))
    weighted, peak = _weighted_by_tier(tiers, changes)
    peak, beyond = tiers.within_bound(peak)
    amounts, steps = [], []
    for tier in tiers.tiers:
        if tiers.is_entered(tier, peak):
            amount, tier_steps = _tier_amount(tiers, tier, weighted[tier.number], peak)
            amounts.append(amount)
            steps += tier_steps
    if beyond:
        steps.append(step("beyond_last_tier", units=beyond))
    exact = rounded_decimal(sum(amounts, Fraction(0)))
    if exact < 0:
        exact, steps = ZERO, [*steps, step("released_below_zero", amount=exact)]
    return Priced(exact, Trace(currency).then(*steps))


def _weighted_by_tier(tiers: Tiers, changes: Sequence[Change]) -> tuple[dict[int, Fraction], Decimal]:
    """The weighted units of each tier, and the most units that stood at once."""
    weighted = {tier.number: Fraction(0) for tier in tiers.tiers}
    running = peak = ZERO
    for change in changes:
        after = total([running, change.units])
        if change.units:
            each = exact_fraction(change.prorated_units) / abs(exact_fraction(change.units))
            low, high = sorted((running, after))
            for tier in tiers.tiers:
                weighted[tier.number] += each * _overlap(tiers, tier, low, high)
        running, peak = after, max(peak, after)
    return weighted, peak


def _overlap(tiers: Tiers, tier: Tier, low: Decimal, high: Decimal) -> Fraction:
    """How many units from `low` to `high` lie in a tier; units below zero count to the first tier."""
    start = low if tier.number == 1 else max(low, tier.after)
    is_last = tier.number == len(tiers.tiers)
    goes_on = is_last and tiers.policies.beyond_last_tier is BeyondLastTier.LAST_TIER_PRICE
    end = high if tier.up_to is None or goes_on else min(high, tier.up_to)
    return max(exact_fraction(end) - exact_fraction(start), Fraction(0))


def _tier_amount(tiers: Tiers, tier: Tier, weighted: Fraction, peak: Decimal) -> tuple[Fraction, list[Step]]:
    amount = weighted * exact_fraction(tier.unit_amount)
    shown_units, shown = (rounded_decimal(value, SHOWN_DECIMALS) for value in (weighted, amount))
    first = step(
        "tier_weighted",
        tier=str(tier.number),
        units=shown_units,
        unit_amount=tier.unit_amount,
        amount=shown,
    )
    owes_flat_fee = tiers.policies.owes_flat_fee(peak)
    capped, more = tier.with_flat_and_cap(shown, owes_flat_fee=owes_flat_fee)
    if any(extra.kind == "tier_cap" for extra in more):
        return exact_fraction(capped), [first, *more]
    flat = tier.flat_amount if owes_flat_fee else ZERO
    return amount + exact_fraction(flat), [first, *more]
