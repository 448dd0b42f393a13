from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from apps.pricing.errors import PricingError
from apps.pricing.exact import ZERO, difference, total
from apps.pricing.parameters import Parameters, read_optional


@dataclass(frozen=True, slots=True)
class Free:
    """What an allowance took: wholly free events, and the amount that was free."""

    events: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Allowance:
    """Free events and a free amount per period; whichever is used up first ends both.

    Zero is no allowance of that sort. `amount` is in major units.
    """

    events: int
    amount: Decimal

    @property
    def is_given(self) -> bool:
        return bool(self.events or self.amount)

    def split(self, amounts: Sequence[Decimal]) -> tuple[list[Decimal], Free]:
        """Return what each charged event pays a rate on, and what was free. The order of events counts.

        The event that crosses the free amount is charged for what exceeds it. An event below zero gives
        its part of the free amount back as long as the allowance lasts.
        """
        charged: list[Decimal] = []
        used, count, is_over = ZERO, 0, not self.is_given
        for amount in amounts:
            if is_over:
                charged.append(amount)
                continue
            after = total([used, amount])
            if self.amount and after > self.amount:
                charged.append(difference(after, self.amount))
                used, is_over = self.amount, True
                continue
            used, count = after, count + 1
            is_over = self._is_used_up(count, used)
        return charged, Free(count, used)

    def _is_used_up(self, count: int, used: Decimal) -> bool:
        return (bool(self.events) and count >= self.events) or (bool(self.amount) and used >= self.amount)


def parse_allowance(parameters: Parameters) -> Allowance:
    """Read `free_events` and `free_amount`; absent, null and 0 are none.

    Raises:
        PricingError: as `read_decimal`; `not_whole` for a fraction of an event.
    """
    events = read_optional(parameters, "free_events") or ZERO
    if events != int(events):
        raise PricingError("not_whole", "free_events must be a whole number", "free_events")
    return Allowance(int(events), read_optional(parameters, "free_amount") or ZERO)
