from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from apps.pricing.charge_models.graduated import Graduated
from apps.pricing.charge_models.tiers import Tier, parse_tiers
from apps.pricing.exact import product
from apps.pricing.parameters import Parameters
from apps.pricing.trace import Step, step


@dataclass(frozen=True, slots=True)
class GraduatedPercentage(Graduated):
    """Each slice of an amount at the percentage of its own tier, plus the flat amount of every tier entered.

    The quantity is an amount in major units of the price's currency, and so are the bounds.
    """

    @property
    def weighs(self) -> bool:
        return False

    def _slice_step(self, tier: Tier, units: Decimal, amount: Decimal) -> Step:
        kind = "percentage_first" if tier.number == 1 else "percentage_next"
        return step(kind, sum=units, rate=product(tier.unit_amount, Decimal(100)), amount=amount)


def parse(parameters: Parameters, currency: str) -> GraduatedPercentage:
    """Read `{"tiers": [{"up_to": "1000", "rate_percent": "1", "flat_amount": "0"}, {"up_to": null, ...}]}`.

    Raises:
        PricingError: as `tiers.parse_tiers`.
    """
    return GraduatedPercentage(currency, parse_tiers(parameters, rate="rate_percent"))
