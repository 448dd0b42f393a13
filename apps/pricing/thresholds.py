from __future__ import annotations

from collections.abc import Collection

from apps.pricing.errors import PricingError


def reached_threshold(amount: int, *, once: Collection[int], step: int | None = None) -> int:
    """Return the highest threshold that an amount has reached, 0 when none; reached is >=.

    All are minor units of one currency. `once` are thresholds that stand alone; beyond the highest of them
    (or from 0 on) a recurring one stands at every further multiple of `step`. Several may be passed at once:
    only the highest counts.

    Raises:
        PricingError: `not_positive` for a threshold or a step below 1.
    """
    if any(threshold < 1 for threshold in once) or (step is not None and step < 1):
        raise PricingError("not_positive", "a threshold is above zero", "thresholds")
    reached = max((threshold for threshold in once if threshold <= amount), default=0)
    highest = max(once, default=0)
    if step is None or amount < highest + step:
        return reached
    return highest + (amount - highest) // step * step
