from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from apps.pricing.errors import PricingError
from apps.pricing.exact import ZERO, exact_fraction
from apps.pricing.parameters import Parameters, read_choice, read_optional
from apps.pricing.rounding import rounded_decimal

KEYS = frozenset({"minimum_amount", "maximum_amount", "charge_minimum", "charge_minimum_proration"})


class ChargeMinimum(StrEnum):
    """Policy `charge_minimum`: where what is missing to the minimum stands."""

    TRUE_UP_LINE = "true_up_line"
    """On a line of its own. The default."""
    SAME_LINE = "same_line"
    """In the amount of the charge's line; a matrix, which has several, keeps a line of its own."""


class ChargeMinimumProration(StrEnum):
    """Policy `charge_minimum_proration`: the minimum of a part of a period."""

    ACTIVE_DAYS = "active_days"
    """The minimum times days of the part, through days of the whole period. The default."""
    NONE = "none"
    """The whole minimum."""


@dataclass(frozen=True, slots=True)
class SpendLimits:
    """What a charge costs at least and at most in one period, in major units of money, before tax.

    Both hold for the amount after other discounts, and for all lines of a period together: the maximum on
    every line, the minimum on the last one only.
    """

    minimum: Decimal | None
    maximum: Decimal | None
    charge_minimum: ChargeMinimum
    proration: ChargeMinimumProration

    def minimum_for(self, share: Fraction) -> Decimal:
        """Return the minimum of a share of a period, 0 for none; not rounded (to 30 decimals at most)."""
        if self.minimum is None:
            return ZERO
        if self.proration is ChargeMinimumProration.NONE or share == 1:
            return self.minimum
        return rounded_decimal(exact_fraction(self.minimum) * share)


def parse_spend_limits(parameters: Parameters) -> SpendLimits:
    """Read `minimum_amount`, `maximum_amount` and the policies of the minimum; each may be absent or null.

    Raises:
        PricingError: as `read_decimal`, `read_choice`; `min_above_max`.
    """
    low, high = read_optional(parameters, "minimum_amount"), read_optional(parameters, "maximum_amount")
    if low is not None and high is not None and low > high:
        raise PricingError("min_above_max", "minimum_amount is above maximum_amount", "minimum_amount")
    return SpendLimits(
        low,
        high,
        read_choice(parameters, "charge_minimum", ChargeMinimum.TRUE_UP_LINE),
        read_choice(parameters, "charge_minimum_proration", ChargeMinimumProration.ACTIVE_DAYS),
    )
