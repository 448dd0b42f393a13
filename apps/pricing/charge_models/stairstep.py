from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from apps.pricing.charge_models import tier_policies
from apps.pricing.charge_models.base import ChargeModel, Priced, counted_quantity
from apps.pricing.charge_models.steps import KEYS, Stair, parse_stairs
from apps.pricing.charge_models.tier_policies import BeyondLastTier, TierPolicies, parse_tier_policies
from apps.pricing.errors import PricingError
from apps.pricing.exact import ZERO, plain
from apps.pricing.parameters import Parameters, refuse_unknown
from apps.pricing.trace import Step, Trace, step
from apps.pricing.usage import Usage


@dataclass(frozen=True, slots=True)
class Stairstep(ChargeModel):
    """One amount (major units): that of the lowest step whose limits hold all that was used.

    With a `dimension` every unit type has a limit of its own, and the values of that property are the unit
    types; a type without a limit in a step is not limited by it.
    """

    currency: str
    dimension: str
    stairs: tuple[Stair, ...]
    policies: TierPolicies

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"groups"}) if self.dimension else frozenset()

    @property
    def dimensions(self) -> tuple[str, ...]:
        return (self.dimension,) if self.dimension else ()

    def _price(self, usage: Usage) -> Priced:
        used, steps = self._used(usage)
        if not any(used.values()) and not self.policies.owes_flat_fee(ZERO):
            return Priced(ZERO, Trace(self.currency).then(*steps, step("no_usage", amount=ZERO)))
        number, stair = self._lowest(used)
        words = ", ".join(f"{plain(units)} {name}".strip() for name, units in used.items())
        found = step("stairstep", tier=str(number), used=words or "0", amount=stair.amount)
        return Priced(stair.amount, Trace(self.currency).then(*steps, found))

    def _used(self, usage: Usage) -> tuple[Mapping[str, Decimal], list[Step]]:
        if not self.dimension or usage.groups is None:
            units, steps = counted_quantity(usage.quantity, self.policies.negative_quantity)
            return {"": units}, steps
        used, steps = {}, []
        for (unit_type, *_), quantity in usage.groups.items():
            used[unit_type or ""], changed = counted_quantity(quantity, self.policies.negative_quantity)
            steps += changed
        return used, steps

    def _lowest(self, used: Mapping[str, Decimal]) -> tuple[int, Stair]:
        last = len(self.stairs)
        for number, stair in enumerate(self.stairs, start=1):
            if all(self._holds(stair, name, units, is_last=number == last) for name, units in used.items()):
                return number, stair
        if self.policies.beyond_last_tier is BeyondLastTier.ERROR:
            raise PricingError("beyond_last_tier", "the last tier does not reach that far", "quantity")
        return last, self.stairs[-1]

    def _holds(self, stair: Stair, name: str, units: Decimal, *, is_last: bool) -> bool:
        limit = stair.limits.get(name)
        if limit is None or (is_last and units == limit):
            return True
        return not self.policies.is_above(units, limit)


def parse(parameters: Parameters, currency: str) -> Stairstep:
    """Read `{"tiers": [{"up_to": "100", "amount": "10"}, {"up_to": null, "amount": "20"}]}`, or with unit
    types `{"dimension": "unit", "tiers": [{"limits": {"cpu": "8", "disk": "100"}, "amount": "10"}, ...]}`.

    Raises:
        PricingError: as `steps.parse_stairs`; `last_tier_bounded` unless `beyond_last_tier` is named.
    """
    refuse_unknown(parameters, KEYS)
    dimension, stairs = parse_stairs(parameters)
    is_open = all(limit is None for limit in stairs[-1].limits.values())
    name = "limits" if dimension else "up_to"
    tier_policies.refuse_gap_above(parameters, is_open=is_open, field=f"tiers[{len(stairs) - 1}].{name}")
    return Stairstep(currency, dimension, stairs, parse_tier_policies(parameters))
