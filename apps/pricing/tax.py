from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from apps.pricing.allocation import allocate
from apps.pricing.errors import PricingError
from apps.pricing.exact import exact_fraction
from apps.pricing.money import Money
from apps.pricing.rounding import Rounding


@dataclass(frozen=True, slots=True)
class TaxSplit:
    """A gross amount taken apart: net + all taxes = gross, always. `taxes` are in the order of the rates."""

    net: Money
    taxes: tuple[Money, ...]

    @property
    def gross(self) -> Money:
        return Money.total(self.taxes, self.net.currency) + self.net


def tax_on(net: Money, rate_percent: Decimal, rounding: Rounding = Rounding.HALF_UP) -> Money:
    """Return the tax on a net amount at a rate in percent (19 is 19 %), rounded once to the minor unit.

    Raises:
        PricingError: `float_refused`, `negative`.
    """
    return Money.from_exact(Fraction(net.major) * _factor(rate_percent), net.currency, rounding)


def split_inclusive(gross: Money, rates_percent: Sequence[Decimal]) -> TaxSplit:
    """Take parallel tax rates (in percent) out of a gross amount; the gross does not change.

    net = gross / (1 + sum of rates), rounded once half away from zero; gross - net is spread over the rates
    by the largest remainder. Rates that are charged on other taxes (compound) are not for this function.

    Raises:
        PricingError: `float_refused`, `negative`.
    """
    factors = [_factor(rate) for rate in rates_percent]
    net = Money.from_exact(Fraction(gross.major) / (1 + sum(factors, Fraction(0))), gross.currency)
    parts = allocate((gross - net).minor, list(rates_percent))
    return TaxSplit(net, tuple(Money(part, gross.currency) for part in parts))


def _factor(rate_percent: Decimal) -> Fraction:
    rate = exact_fraction(rate_percent, "rate_percent")
    if rate < 0:
        raise PricingError("negative", "a tax rate must not be negative", "rate_percent")
    return rate / 100
