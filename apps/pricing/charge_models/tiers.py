"""Tiers shared by graduated and volume pricing.

The tiers split the half line of quantities without a gap, as decimals: the tier after `up_to` 10 holds 10.5
as well as 11. With the default `tier_bound` the ranges are (after, up_to], with the other one [after, up_to).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from apps.pricing.charge_models.base import NegativeQuantity
from apps.pricing.errors import PricingError
from apps.pricing.exact import ZERO, difference
from apps.pricing.parameters import (
    Parameters,
    as_parameters,
    decimal_from,
    read_choice,
    read_decimal,
    read_list,
    refuse_unknown,
)

KEYS = frozenset({"tiers", "tier_bound", "zero_usage_flat_fee", "beyond_last_tier", "negative_quantity"})
TIER_KEYS = frozenset({"up_to", "unit_amount", "flat_amount", "max_amount"})


class TierBound(StrEnum):
    """Policy `tier_bound`: the tier of a quantity that equals `up_to`."""

    UPPER_INCLUSIVE = "upper_inclusive"
    """The tier that it closes. The default."""
    LOWER_INCLUSIVE = "lower_inclusive"
    """The next tier."""


class ZeroUsageFlatFee(StrEnum):
    """Policy `zero_usage_flat_fee`: the first tier's flat amount when nothing was used."""

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
class Tier:
    """One tier; amounts in major units. `up_to` None is open, `max_amount` None is no cap on its own cost."""

    number: int
    after: Decimal
    up_to: Decimal | None
    unit_amount: Decimal
    flat_amount: Decimal
    max_amount: Decimal | None


@dataclass(frozen=True, slots=True)
class Tiers:
    """Tiers in ascending order without gaps, and the policies that decide at their edges."""

    tiers: tuple[Tier, ...]
    tier_bound: TierBound
    zero_usage_flat_fee: ZeroUsageFlatFee
    beyond_last_tier: BeyondLastTier
    negative_quantity: NegativeQuantity

    def is_entered(self, tier: Tier, quantity: Decimal) -> bool:
        """Tell whether a quantity (>= 0) reaches into a tier; the first tier always counts as entered."""
        if tier.number == 1:
            return True
        if self.tier_bound is TierBound.LOWER_INCLUSIVE:
            return quantity >= tier.after
        return quantity > tier.after

    def tier_of(self, quantity: Decimal) -> Tier:
        """Return the one tier that holds a quantity (>= 0), the last one for a quantity beyond it."""
        return [tier for tier in self.tiers if self.is_entered(tier, quantity)][-1]

    def within_bound(self, quantity: Decimal) -> tuple[Decimal, Decimal]:
        """Split a quantity (>= 0) into the part that is priced and the part beyond the last tier.

        A bounded last tier holds its own bound under either `tier_bound`.

        Raises:
            PricingError: `beyond_last_tier` under that policy's `error`.
        """
        bound = self.tiers[-1].up_to
        if bound is None or quantity <= bound or self.beyond_last_tier is BeyondLastTier.LAST_TIER_PRICE:
            return quantity, ZERO
        if self.beyond_last_tier is BeyondLastTier.NOT_BILLED:
            return bound, difference(quantity, bound)
        raise PricingError("beyond_last_tier", "the last tier does not reach that far", "quantity")


def parse_tiers(parameters: Parameters) -> Tiers:
    """Read `tiers` and the policies of this module.

    Raises:
        PricingError: the field path names the culprit, such as `tiers[1].up_to`: bounds must ascend, only
            the last tier may be open, and it must be unless `beyond_last_tier` is named.
    """
    refuse_unknown(parameters, KEYS)
    tiers: list[Tier] = []
    for index, entry in enumerate(read_list(parameters, "tiers")):
        if tiers and tiers[-1].up_to is None:
            field = f"tiers[{index - 1}].up_to"
            raise PricingError("open_tier_not_last", "only the last tier may be open", field)
        after = tiers[-1].up_to if tiers else None
        tiers.append(_parse_tier(as_parameters(entry, f"tiers[{index}]"), index, after or ZERO))
    if tiers[-1].up_to is not None and "beyond_last_tier" not in parameters:
        field = f"tiers[{len(tiers) - 1}].up_to"
        raise PricingError(
            "last_tier_bounded", "the last tier must be open unless beyond_last_tier is named", field
        )
    return Tiers(
        tuple(tiers),
        read_choice(parameters, "tier_bound", TierBound.UPPER_INCLUSIVE),
        read_choice(parameters, "zero_usage_flat_fee", ZeroUsageFlatFee.CHARGED),
        read_choice(parameters, "beyond_last_tier", BeyondLastTier.ERROR),
        read_choice(parameters, "negative_quantity", NegativeQuantity.ZERO),
    )


def _parse_tier(entry: Parameters, index: int, after: Decimal) -> Tier:
    path = f"tiers[{index}]."
    refuse_unknown(entry, TIER_KEYS, path)
    if "up_to" not in entry:
        raise PricingError("missing", f"{path}up_to is missing; null leaves a tier open", f"{path}up_to")
    up_to = None if entry["up_to"] is None else decimal_from(entry["up_to"], f"{path}up_to")
    if up_to is not None and up_to <= after:
        raise PricingError("tiers_not_ascending", f"{path}up_to must be above {after}", f"{path}up_to")
    return Tier(
        number=index + 1,
        after=after,
        up_to=up_to,
        unit_amount=read_decimal(entry, "unit_amount", path=path, default="0"),
        flat_amount=read_decimal(entry, "flat_amount", path=path, default="0"),
        max_amount=None if entry.get("max_amount") is None else read_decimal(entry, "max_amount", path=path),
    )
