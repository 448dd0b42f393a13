"""Tiers that are counted in blocks of units, shared by graduated and volume blocks.

A tier holds `max_blocks` blocks of `block_size` units, so its upper bound is the one before it plus their
product; `max_blocks` null leaves the last tier open. A started block is billed whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from apps.pricing.charge_models import tier_policies
from apps.pricing.charge_models.tier_policies import TierPolicies, parse_tier_policies
from apps.pricing.exact import ZERO, product, started_blocks, total
from apps.pricing.parameters import (
    Parameters,
    as_parameters,
    read_decimal,
    read_list,
    read_positive,
    refuse_unknown,
)
from apps.pricing.trace import Step, step

KEYS = frozenset({"tiers"}) | tier_policies.KEYS - {"zero_usage_flat_fee"}
TIER_KEYS = frozenset({"block_size", "max_blocks", "block_amount"})


@dataclass(frozen=True, slots=True)
class BlockTier:
    """One tier of blocks; `block_amount` in major units, `up_to` None is open."""

    number: int
    after: Decimal
    up_to: Decimal | None
    block_size: Decimal
    block_amount: Decimal

    def price(self, units: Decimal) -> tuple[Decimal, Step]:
        """Return the price of the blocks that so many units (>= 0) start in this tier, and its step."""
        blocks = started_blocks(units, self.block_size)
        amount = product(blocks, self.block_amount)
        counted = step(
            "blocks",
            tier=str(self.number),
            blocks=blocks,
            block_size=self.block_size,
            block_amount=self.block_amount,
            amount=amount,
        )
        return amount, counted


@dataclass(frozen=True, slots=True)
class BlockTiers:
    """Tiers of blocks in ascending order without gaps, and the policies that decide at their edges."""

    tiers: tuple[BlockTier, ...]
    policies: TierPolicies

    def is_entered(self, tier: BlockTier, quantity: Decimal) -> bool:
        """Tell whether a quantity (>= 0) reaches into a tier; the first tier always counts as entered."""
        return tier.number == 1 or self.policies.is_above(quantity, tier.after)

    def within_bound(self, quantity: Decimal) -> tuple[Decimal, Decimal]:
        """Split a quantity (>= 0) as `TierPolicies.within` does."""
        return self.policies.within(quantity, self.tiers[-1].up_to)


def parse_blocks(parameters: Parameters) -> BlockTiers:
    """Read `tiers` of blocks and their policies.

    Raises:
        PricingError: the field path names the culprit, such as `tiers[1].block_size`: sizes and numbers of
            blocks are above zero, and only the last tier may be open.
    """
    refuse_unknown(parameters, KEYS)
    tiers: list[BlockTier] = []
    for index, entry in enumerate(read_list(parameters, "tiers")):
        tier_policies.refuse_after_open(bool(tiers) and tiers[-1].up_to is None, index, "max_blocks")
        after = tiers[-1].up_to if tiers else None
        tiers.append(_parse_tier(as_parameters(entry, f"tiers[{index}]"), index, after or ZERO))
    tier_policies.refuse_gap_above(
        parameters, is_open=tiers[-1].up_to is None, field=f"tiers[{len(tiers) - 1}].max_blocks"
    )
    return BlockTiers(tuple(tiers), parse_tier_policies(parameters))


def _parse_tier(entry: Parameters, index: int, after: Decimal) -> BlockTier:
    path = f"tiers[{index}]."
    refuse_unknown(entry, TIER_KEYS, path)
    size = read_positive(entry, "block_size", path=path)
    up_to = None
    if entry.get("max_blocks") is not None:
        up_to = total([after, product(size, read_positive(entry, "max_blocks", path=path))])
    return BlockTier(index + 1, after, up_to, size, read_decimal(entry, "block_amount", path=path))
