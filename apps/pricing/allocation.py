from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from apps.pricing.errors import PricingError
from apps.pricing.exact import exact_fraction


def allocate(
    total_minor: int, weights: Sequence[Decimal | int], keys: Sequence[str] | None = None
) -> list[int]:
    """Split `total_minor` (minor units, may be negative) by `weights`, with the largest remainder.

    The parts always sum to `total_minor` and carry its sign. Each share is cut toward zero; the units left
    over go to the largest remainders, equal ones in input order, or in the order of `keys` (one for each
    weight) where given, so that another order of the same input gives the same parts. A weight of 0 gets 0.

    Raises:
        PricingError: `float_refused`, `negative_weight`; `no_weight` when only zeros share a total.
    """
    shares = _shares(abs(total_minor), weights)
    parts = [share.numerator // share.denominator for share in shares]
    in_turn = range(len(parts)) if keys is None else sorted(range(len(parts)), key=lambda i: keys[i])
    by_remainder = sorted(in_turn, key=lambda i: parts[i] - shares[i])
    for index in by_remainder[: abs(total_minor) - sum(parts)]:
        parts[index] += 1
    return parts if total_minor >= 0 else [-part for part in parts]


def _shares(magnitude: int, weights: Sequence[Decimal | int]) -> list[Fraction]:
    exact = [exact_fraction(weight, f"weights[{index}]") for index, weight in enumerate(weights)]
    for index, weight in enumerate(exact):
        if weight < 0:
            raise PricingError("negative_weight", "a weight must not be negative", f"weights[{index}]")
    whole = sum(exact, Fraction(0))
    if not whole:
        if magnitude:
            raise PricingError("no_weight", "an amount cannot be split without a positive weight", "weights")
        return exact
    return [magnitude * weight / whole for weight in exact]
