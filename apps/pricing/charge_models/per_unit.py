from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from apps.pricing.charge_models.base import (
    ChargeModel,
    NegativeQuantity,
    Priced,
    counted_quantity,
    read_negative_quantity,
)
from apps.pricing.exact import product
from apps.pricing.parameters import Parameters, read_decimal, refuse_unknown
from apps.pricing.trace import Trace, step
from apps.pricing.usage import Usage


@dataclass(frozen=True, slots=True)
class PerUnit(ChargeModel):
    """Every unit at the same price (major units, any number of decimals); fractions of a unit count."""

    currency: str
    unit_amount: Decimal
    negative_quantity: NegativeQuantity

    @property
    def weighs(self) -> bool:
        return True

    def _price(self, usage: Usage) -> Priced:
        units, steps = counted_quantity(usage.priced_quantity, self.negative_quantity)
        exact = product(units, self.unit_amount)
        kind = "per_unit" if usage.prorated_quantity is None else "per_unit_weighted"
        priced = step(kind, units=units, unit_amount=self.unit_amount, amount=exact)
        return Priced(exact, Trace(self.currency).then(*steps, priced))


def parse(parameters: Parameters, currency: str) -> PerUnit:
    """Read `{"unit_amount": "0.05"}` and the optional policy `negative_quantity`.

    Raises:
        PricingError: a parameter is missing, unknown, negative or not a decimal string.
    """
    refuse_unknown(parameters, {"unit_amount", "negative_quantity"})
    return PerUnit(currency, read_decimal(parameters, "unit_amount"), read_negative_quantity(parameters))
