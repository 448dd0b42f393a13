from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from apps.pricing.charge_models.base import ChargeModel, Priced, counted_quantity
from apps.pricing.charge_models.tiers import Tier, Tiers, parse_tiers
from apps.pricing.exact import product
from apps.pricing.parameters import Parameters
from apps.pricing.trace import Step, Trace, step
from apps.pricing.usage import Usage


@dataclass(frozen=True, slots=True)
class Volume(ChargeModel):
    """The whole quantity at the price of the one tier that holds it, plus that tier's flat amount.

    The price may fall when a cheaper tier is reached. Amounts in major units. Of units weighted by time the
    full ones pick the tier, and its price multiplies the weighted ones.
    """

    currency: str
    tiers: Tiers

    @property
    def weighs(self) -> bool:
        return True

    def _price(self, usage: Usage) -> Priced:
        units, steps = counted_quantity(usage.quantity, self.tiers.policies.negative_quantity)
        units, beyond = self.tiers.within_bound(units)
        tier = self.tiers.tier_of(units)
        if usage.prorated_quantity is None:
            priced, first = units, self._tier_step(tier, units)
        else:
            priced = max(usage.prorated_quantity, Decimal(0))
            first = self._weighted_step(tier, units, priced)
        owes_flat_fee = self.tiers.policies.owes_flat_fee(units)
        amount = product(priced, tier.unit_amount)
        amount, more = tier.with_flat_and_cap(amount, owes_flat_fee=owes_flat_fee)
        steps += [first, *more]
        if beyond:
            steps.append(step("beyond_last_tier", units=beyond))
        return Priced(amount, Trace(self.currency).then(*steps))

    def _tier_step(self, tier: Tier, units: Decimal) -> Step:
        amount = product(units, tier.unit_amount)
        if not units:
            return step("no_usage", amount=amount)
        number = str(tier.number)
        return step("volume_tier", units=units, tier=number, unit_amount=tier.unit_amount, amount=amount)

    def _weighted_step(self, tier: Tier, full: Decimal, weighted: Decimal) -> Step:
        return step(
            "volume_tier_weighted",
            full_units=full,
            units=weighted,
            tier=str(tier.number),
            unit_amount=tier.unit_amount,
            amount=product(weighted, tier.unit_amount),
        )


def parse(parameters: Parameters, currency: str) -> Volume:
    """Read tiers in the shape of graduated pricing.

    Raises:
        PricingError: as `tiers.parse_tiers`.
    """
    return Volume(currency, parse_tiers(parameters))
