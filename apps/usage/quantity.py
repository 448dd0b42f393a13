from __future__ import annotations

from decimal import Decimal

from apps.plans.enums import QuantityRounding
from apps.pricing.rounding import Rounding, rounded_units


def billable_quantity(value: Decimal) -> Decimal:
    """What a price is applied to: the meter's value, and nothing where corrections took it below zero.

    The value itself stays negative in answers and charts, so that windows still add up.
    """
    return max(value, Decimal(0))


def rounded_quantity(value: Decimal, *, rounding: str, precision: int) -> Decimal:
    """A metered value with `precision` decimals; -2 leaves whole hundreds.

    `half_up` takes a half away from zero, `up` goes toward plus and `down` toward minus infinity.
    """
    if rounding == QuantityRounding.NONE:
        return value
    units = rounded_units(value, precision, Rounding(rounding))
    # From a text: arithmetic would keep 28 digits only.
    return Decimal(f"{units}E-{precision}") if precision > 0 else Decimal(units * 10**-precision)
