from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from apps.pricing.charge_models.base import Priced, counted_quantity
from apps.pricing.charge_models.tiers import Tier, Tiers, ZeroUsageFlatFee, parse_tiers
from apps.pricing.exact import product, total
from apps.pricing.parameters import Parameters
from apps.pricing.trace import Step, Trace, step


@dataclass(frozen=True, slots=True)
class Volume:
    """The whole quantity at the price of the one tier that holds it, plus that tier's flat amount.

    The price may fall when a cheaper tier is reached. Amounts in major units.
    """

    currency: str
    tiers: Tiers

    def price(self, quantity: Decimal) -> Priced:
        """Return quantity x the tier's unit amount + its flat amount, exact.

        Raises:
            PricingError: `negative_quantity` or `beyond_last_tier`, where the policies say so.
        """
        units, steps = counted_quantity(quantity, self.tiers.negative_quantity)
        units, beyond = self.tiers.within_bound(units)
        amount, tier_steps = self._tier_amount(self.tiers.tier_of(units), units)
        steps += tier_steps
        if beyond:
            steps.append(step("beyond_last_tier", units=beyond))
        return Priced(amount, Trace(self.currency).then(*steps))

    def _tier_amount(self, tier: Tier, units: Decimal) -> tuple[Decimal, list[Step]]:
        amount = product(units, tier.unit_amount)
        number = str(tier.number)
        if units:
            first = step("volume_tier", units=units, tier=number, unit_amount=tier.unit_amount, amount=amount)
        else:
            first = step("no_usage", amount=amount)
        steps = [first]
        flat_due = bool(units) or self.tiers.zero_usage_flat_fee is ZeroUsageFlatFee.CHARGED
        if tier.flat_amount and flat_due:
            amount = total([amount, tier.flat_amount])
            steps.append(step("tier_flat", tier=number, amount=tier.flat_amount))
        if tier.max_amount is not None and amount > tier.max_amount:
            amount = tier.max_amount
            steps.append(step("tier_cap", tier=number, cap=tier.max_amount, amount=amount))
        return amount, steps


def parse(parameters: Parameters, currency: str) -> Volume:
    """Read tiers in the shape of graduated pricing.

    Raises:
        PricingError: as `tiers.parse_tiers`.
    """
    return Volume(currency, parse_tiers(parameters))
