from __future__ import annotations

from dataclasses import dataclass

from apps.pricing.charge_models.base import ChargeModel, Priced, counted_quantity
from apps.pricing.charge_models.blocks import BlockTiers, parse_blocks
from apps.pricing.parameters import Parameters
from apps.pricing.trace import Trace, step
from apps.pricing.usage import Usage


@dataclass(frozen=True, slots=True)
class VolumeBlocks(ChargeModel):
    """Started blocks, the whole quantity in the blocks of the one tier that holds it. Major units."""

    currency: str
    tiers: BlockTiers

    def _price(self, usage: Usage) -> Priced:
        units, steps = counted_quantity(usage.quantity, self.tiers.policies.negative_quantity)
        units, beyond = self.tiers.within_bound(units)
        tier = [tier for tier in self.tiers.tiers if self.tiers.is_entered(tier, units)][-1]
        amount, counted = tier.price(units)
        steps.append(counted)
        if beyond:
            steps.append(step("beyond_last_tier", units=beyond))
        return Priced(amount, Trace(self.currency).then(*steps))


def parse(parameters: Parameters, currency: str) -> VolumeBlocks:
    """Read tiers in the shape of graduated blocks.

    Raises:
        PricingError: as `blocks.parse_blocks`.
    """
    return VolumeBlocks(currency, parse_blocks(parameters))
