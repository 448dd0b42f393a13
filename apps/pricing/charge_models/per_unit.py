from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from apps.pricing.charge_models.base import NegativeQuantity, Priced, counted_quantity
from apps.pricing.exact import product
from apps.pricing.parameters import Parameters, read_choice, read_decimal, refuse_unknown
from apps.pricing.trace import Trace, step


@dataclass(frozen=True, slots=True)
class PerUnit:
    """Every unit at the same price (major units, any number of decimals); fractions of a unit count."""

    currency: str
    unit_amount: Decimal
    negative_quantity: NegativeQuantity

    def price(self, quantity: Decimal) -> Priced:
        """Return quantity x unit amount.

        Raises:
            PricingError: `negative_quantity` under the policy `error`.
        """
        units, steps = counted_quantity(quantity, self.negative_quantity)
        exact = product(units, self.unit_amount)
        priced = step("per_unit", units=units, unit_amount=self.unit_amount, amount=exact)
        return Priced(exact, Trace(self.currency).then(*steps, priced))


def parse(parameters: Parameters, currency: str) -> PerUnit:
    """Read `{"unit_amount": "0.05"}` and the optional policy `negative_quantity`.

    Raises:
        PricingError: a parameter is missing, unknown, negative or not a decimal string.
    """
    refuse_unknown(parameters, {"unit_amount", "negative_quantity"})
    return PerUnit(
        currency,
        read_decimal(parameters, "unit_amount"),
        read_choice(parameters, "negative_quantity", NegativeQuantity.ZERO),
    )
