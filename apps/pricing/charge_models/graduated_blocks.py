from __future__ import annotations

from dataclasses import dataclass

from apps.pricing.charge_models.base import ChargeModel, Priced, counted_quantity
from apps.pricing.charge_models.blocks import BlockTiers, parse_blocks
from apps.pricing.exact import difference, total
from apps.pricing.parameters import Parameters
from apps.pricing.trace import Trace, step
from apps.pricing.usage import Usage


@dataclass(frozen=True, slots=True)
class GraduatedBlocks(ChargeModel):
    """Started blocks, each slice of the quantity in the blocks of its own tier. Major units."""

    currency: str
    tiers: BlockTiers

    def _price(self, usage: Usage) -> Priced:
        units, steps = counted_quantity(usage.quantity, self.tiers.policies.negative_quantity)
        units, beyond = self.tiers.within_bound(units)
        amounts = []
        for tier in self.tiers.tiers:
            is_last = tier.number == len(self.tiers.tiers)
            end = units if is_last or tier.up_to is None else min(units, tier.up_to)
            slice_units = difference(end, tier.after)
            if slice_units > 0 or tier.number == 1:
                amount, counted = tier.price(slice_units)
                amounts.append(amount)
                steps.append(counted)
        if beyond:
            steps.append(step("beyond_last_tier", units=beyond))
        return Priced(total(amounts), Trace(self.currency).then(*steps))


def parse(parameters: Parameters, currency: str) -> GraduatedBlocks:
    """Read `{"tiers": [{"block_size": "100", "max_blocks": "10", "block_amount": "1"}, ...]}`.

    Raises:
        PricingError: as `blocks.parse_blocks`.
    """
    return GraduatedBlocks(currency, parse_blocks(parameters))
