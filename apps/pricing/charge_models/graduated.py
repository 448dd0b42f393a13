from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from apps.pricing.charge_models.base import ChargeModel, Priced, counted_quantity
from apps.pricing.charge_models.graduated_changes import price_changes
from apps.pricing.charge_models.tiers import Tier, Tiers, parse_tiers
from apps.pricing.exact import difference, product, total
from apps.pricing.parameters import Parameters
from apps.pricing.trace import Step, Trace, step
from apps.pricing.usage import Change, Usage


@dataclass(frozen=True, slots=True)
class Graduated(ChargeModel):
    """Each slice of the quantity at the price of its own tier, plus the flat amount of every tier entered.

    Never falls when the quantity grows. Amounts in major units. Of units weighted by time the full ones
    fill the tiers, and the weighted ones are priced.
    """

    currency: str
    tiers: Tiers

    @property
    def weighs(self) -> bool:
        return True

    def _price(self, usage: Usage) -> Priced:
        if usage.changes:
            return price_changes(self.tiers, usage.changes, self.currency)
        if usage.prorated_quantity is not None and usage.quantity:
            change = Change(usage.quantity, usage.prorated_quantity)
            return price_changes(self.tiers, [change], self.currency)
        units, steps = counted_quantity(usage.quantity, self.tiers.policies.negative_quantity)
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
            steps.append(self._slice_step(tier, slice_units, amount))
        owes_flat_fee = self.tiers.policies.owes_flat_fee(units)
        amount, more = tier.with_flat_and_cap(amount, owes_flat_fee=owes_flat_fee)
        return amount, steps + more

    def _slice_step(self, tier: Tier, units: Decimal, amount: Decimal) -> Step:
        kind = "tier_first" if tier.number == 1 else "tier_next"
        return step(kind, units=units, unit_amount=tier.unit_amount, amount=amount)


def parse(parameters: Parameters, currency: str) -> Graduated:
    """Read `{"tiers": [{"up_to": "10", "unit_amount": "1", "flat_amount": "0"}, {"up_to": null, ...}]}`.

    Raises:
        PricingError: as `tiers.parse_tiers`.
    """
    return Graduated(currency, parse_tiers(parameters, can_release=True))
