from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from apps.pricing.charge_models.base import ChargeModel, Priced
from apps.pricing.parameters import Parameters, read_decimal, refuse_unknown
from apps.pricing.trace import Trace, step
from apps.pricing.usage import Usage


@dataclass(frozen=True, slots=True)
class Flat(ChargeModel):
    """One amount (major units) whatever the quantity; seats are priced per unit instead."""

    currency: str
    amount: Decimal

    def _price(self, usage: Usage) -> Priced:
        return Priced(self.amount, Trace(self.currency).then(step("flat", amount=self.amount)))


def parse(parameters: Parameters, currency: str) -> Flat:
    """Read `{"amount": "100"}`.

    Raises:
        PricingError: a parameter is missing, unknown, negative or not a decimal string.
    """
    refuse_unknown(parameters, {"amount"})
    return Flat(currency, read_decimal(parameters, "amount"))
