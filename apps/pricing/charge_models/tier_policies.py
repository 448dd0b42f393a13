"""Policies that decide at the edges of tiers, blocks and steps: at a bound, at zero, beyond the last one."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from apps.pricing.charge_models.base import NegativeQuantity, read_negative_quantity
from apps.pricing.errors import PricingError
from apps.pricing.exact import ZERO, difference
from apps.pricing.parameters import Parameters, read_choice

KEYS = frozenset({"tier_bound", "zero_usage_flat_fee", "beyond_last_tier", "negative_quantity"})


class TierBound(StrEnum):
    """Policy `tier_bound`: the tier of a quantity that equals its upper bound."""

    UPPER_INCLUSIVE = "upper_inclusive"
    """The tier that it closes. The default."""
    LOWER_INCLUSIVE = "lower_inclusive"
    """The next tier."""


class ZeroUsageFlatFee(StrEnum):
    """Policy `zero_usage_flat_fee`: the first tier's flat amount, or first step, when nothing was used."""

    CHARGED = "charged"
    """Billed. The default."""
    NOT_CHARGED = "not_charged"


class BeyondLastTier(StrEnum):
    """Policy `beyond_last_tier`: a quantity above a last tier that has a bound.

    There is no default: a bounded last tier is refused unless the price names one of these.
    """

    LAST_TIER_PRICE = "last_tier_price"
    """The last tier's price goes on, as if it had no bound."""
    NOT_BILLED = "not_billed"
    """The excess is free."""
    ERROR = "error"
    """The quantity is refused."""


@dataclass(frozen=True, slots=True)
class TierPolicies:
    """The policies of one price."""

    tier_bound: TierBound
    zero_usage_flat_fee: ZeroUsageFlatFee
    beyond_last_tier: BeyondLastTier
    negative_quantity: NegativeQuantity

    def is_above(self, quantity: Decimal, bound: Decimal) -> bool:
        """Tell whether a quantity has left the tier that ends at `bound`."""
        return quantity >= bound if self.tier_bound is TierBound.LOWER_INCLUSIVE else quantity > bound

    def within(self, quantity: Decimal, last_bound: Decimal | None) -> tuple[Decimal, Decimal]:
        """Split a quantity (>= 0) into the part that is priced and the part beyond the last tier.

        A bounded last tier holds its own bound under either `tier_bound`.

        Raises:
            PricingError: `beyond_last_tier` under that policy's `error`.
        """
        goes_on = last_bound is None or self.beyond_last_tier is BeyondLastTier.LAST_TIER_PRICE
        if goes_on or last_bound is None or quantity <= last_bound:
            return quantity, ZERO
        if self.beyond_last_tier is BeyondLastTier.NOT_BILLED:
            return last_bound, difference(quantity, last_bound)
        raise PricingError("beyond_last_tier", "the last tier does not reach that far", "quantity")

    def owes_flat_fee(self, quantity: Decimal) -> bool:
        """Tell whether the first tier's flat amount is due for a quantity (>= 0)."""
        return bool(quantity) or self.zero_usage_flat_fee is ZeroUsageFlatFee.CHARGED


def parse_tier_policies(parameters: Parameters, *, can_release: bool = False) -> TierPolicies:
    """Read the four policies.

    Raises:
        PricingError: `unknown_choice`, `unfit_choice`.
    """
    return TierPolicies(
        read_choice(parameters, "tier_bound", TierBound.UPPER_INCLUSIVE),
        read_choice(parameters, "zero_usage_flat_fee", ZeroUsageFlatFee.CHARGED),
        read_choice(parameters, "beyond_last_tier", BeyondLastTier.ERROR),
        read_negative_quantity(parameters, can_release=can_release),
    )


def refuse_gap_above(parameters: Parameters, *, is_open: bool, field: str) -> None:
    """Refuse a bounded last tier whose excess no policy decides.

    Raises:
        PricingError: `last_tier_bounded`.
    """
    if not is_open and "beyond_last_tier" not in parameters:
        message = "the last tier must be open unless beyond_last_tier is named"
        raise PricingError("last_tier_bounded", message, field)


def refuse_after_open(previous_is_open: bool, index: int, name: str) -> None:
    """Refuse a tier after one without a bound; `index` is that of the later one.

    Raises:
        PricingError: `open_tier_not_last`; the field is the open tier's `name`.
    """
    if previous_is_open:
        field = f"tiers[{index - 1}].{name}"
        raise PricingError("open_tier_not_last", "only the last tier may be open", field)
