from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from apps.pricing.charge_models.base import NegativeQuantity, Priced, counted_quantity
from apps.pricing.errors import PricingError
from apps.pricing.exact import difference, product, started_blocks
from apps.pricing.parameters import Parameters, read_choice, read_decimal, refuse_unknown
from apps.pricing.trace import Trace, step

KEYS = frozenset({"package_size", "amount", "free_units", "negative_quantity"})


@dataclass(frozen=True, slots=True)
class Package:
    """Whole packages of units at one amount each; a started package is billed whole.

    Free units are taken off before packages are counted. `amount` is in major units.
    """

    currency: str
    package_size: Decimal
    amount: Decimal
    free_units: Decimal
    negative_quantity: NegativeQuantity

    def price(self, quantity: Decimal) -> Priced:
        """Return started packages x amount, exact.

        Raises:
            PricingError: `negative_quantity` under the policy `error`.
        """
        units, steps = counted_quantity(quantity, self.negative_quantity)
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
    package_size = read_decimal(parameters, "package_size")
    if package_size == 0:
        raise PricingError("not_positive", "package_size must be above zero", "package_size")
    return Package(
        currency,
        package_size,
        read_decimal(parameters, "amount"),
        read_decimal(parameters, "free_units", default="0"),
        read_choice(parameters, "negative_quantity", NegativeQuantity.ZERO),
    )
