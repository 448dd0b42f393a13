from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from apps.pricing.charge_models.base import Priced, counted_quantity
from apps.pricing.charge_models.tiers import Tier, Tiers, ZeroUsageFlatFee, parse_tiers
from apps.pricing.exact import difference, product, total
from apps.pricing.parameters import Parameters
from apps.pricing.trace import Step, Trace, step


@dataclass(frozen=True, slots=True)
class Graduated:
    """Each slice of the quantity at the price of its own tier, plus the flat amount of every tier entered.

    Never falls when the quantity grows. Amounts in major units.
    """

    currency: str
    tiers: Tiers

    def price(self, quantity: Decimal) -> Priced:
        """Return the sum over the tiers entered, exact.

        Raises:
            PricingError: `negative_quantity` or `beyond_last_tier`, where the policies say so.
        """
        units, steps = counted_quantity(quantity, self.tiers.negative_quantity)
        units, beyond = self.tiers.within_bound(units)
        amounts = []
        for tier in self.tiers.tiers:
            if self.tiers.is_entered(tier, units):
                amount, tier_steps = self._tier_amount(tier, units)
                amounts.append(amount)
                steps += tier_steps
        if beyond:
            steps.append(step("beyond_last_tier", units=beyond))
        return Priced(total(amounts), Trace(self.currency).then(*steps))

    def _tier_amount(self, tier: Tier, units: Decimal) -> tuple[Decimal, list[Step]]:
        is_last = tier.number == len(self.tiers.tiers)
        end = units if is_last or tier.up_to is None else min(units, tier.up_to)
        slice_units = difference(end, tier.after)
        amount = product(slice_units, tier.unit_amount)
        steps = []
        if not units:
            steps.append(step("no_usage", amount=amount))
        elif slice_units:
            kind = "tier_first" if tier.number == 1 else "tier_next"
            steps.append(step(kind, units=slice_units, unit_amount=tier.unit_amount, amount=amount))
        flat_due = bool(units) or self.tiers.zero_usage_flat_fee is ZeroUsageFlatFee.CHARGED
        if tier.flat_amount and flat_due:
            amount = total([amount, tier.flat_amount])
            steps.append(step("tier_flat", tier=str(tier.number), amount=tier.flat_amount))
        if tier.max_amount is not None and amount > tier.max_amount:
            amount = tier.max_amount
            steps.append(step("tier_cap", tier=str(tier.number), cap=tier.max_amount, amount=amount))
        return amount, steps


def parse(parameters: Parameters, currency: str) -> Graduated:
    """Read `{"tiers": [{"up_to": "10", "unit_amount": "1", "flat_amount": "0"}, {"up_to": null, ...}]}`.

    Raises:
        PricingError: as `tiers.parse_tiers`.
    """
    return Graduated(currency, parse_tiers(parameters))
