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
from apps.pricing.exact import difference, product, started_blocks
from apps.pricing.parameters import Parameters, read_decimal, read_positive, refuse_unknown
from apps.pricing.trace import Trace, step
from apps.pricing.usage import Usage

KEYS = frozenset({"package_size", "amount", "free_units", "negative_quantity"})


@dataclass(frozen=True, slots=True)
class Package(ChargeModel):
    """Whole packages of units at one amount each; a started package is billed whole.

    Free units are taken off before packages are counted. `amount` is in major units.
    """

    currency: str
    package_size: Decimal
    amount: Decimal
    free_units: Decimal
    negative_quantity: NegativeQuantity

    def _price(self, usage: Usage) -> Priced:
        units, steps = counted_quantity(usage.quantity, self.negative_quantity)
        free = min(units, self.free_units)
        if free:
            steps.append(step("free_units", units=free))
        packages = started_blocks(difference(units, free), self.package_size)
        exact = product(packages, self.amount)
        size, amount = self.package_size, self.amount
        counted = step("packages", packages=packages, package_size=size, package_amount=amount, amount=exact)
        return Priced(exact, Trace(self.currency).then(*steps, counted))


def parse(parameters: Parameters, currency: str) -> Package:
    """Read `{"package_size": "1000", "amount": "5", "free_units": "0"}`; `free_units` may be absent.

    Raises:
        PricingError: a parameter is missing, unknown, negative or not a decimal string; `not_positive` for
            a package of no units.
    """
    refuse_unknown(parameters, KEYS)
    return Package(
        currency,
        read_positive(parameters, "package_size"),
        read_decimal(parameters, "amount"),
        read_decimal(parameters, "free_units", default="0"),
        read_negative_quantity(parameters),
    )
