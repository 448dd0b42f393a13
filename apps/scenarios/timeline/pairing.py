from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Given = TypeVar("Given")
Found = TypeVar("Found")
Cost = Callable[[Given, Found], float | None]


@dataclass(frozen=True, slots=True)
class Pairs(Generic[Given, Found]):
    """Each expected thing in its order with the one found for it, if any; and what nobody expected."""

    both: list[tuple[Given, Found | None]]
    left: list[Found]


def in_order(expected: Sequence[Given], found: Sequence[Found]) -> Pairs[Given, Found]:
    """The first with the first, the second with the second."""
    padded = [*found[: len(expected)], *[None] * (len(expected) - len(found))]
    return Pairs(list(zip(expected, padded, strict=True)), list(found[len(expected) :]))


def least_different(
    expected: Sequence[Given], found: Sequence[Found], cost: Cost[Given, Found]
) -> Pairs[Given, Found]:
    """Each with the one that differs least from it; None is the cost of two that never belong together.

    Those that agree (a cost below 1) find each other first, so that none is taken by a near miss.
    """
    left = list(found)
    partner: dict[int, Found] = {}
    for limit in (1.0, float("inf")):
        for number, given in enumerate(expected):
            if number not in partner and (best := _best(given, left, cost, limit)) is not None:
                partner[number] = left.pop(best)
    return Pairs([(given, partner.get(number)) for number, given in enumerate(expected)], left)


def _best(given: Given, left: Sequence[Found], cost: Cost[Given, Found], limit: float) -> int | None:
    costs = {place: known for place, one in enumerate(left) if (known := cost(given, one)) is not None}
    best = min(costs, key=lambda place: costs[place], default=None)
    return best if best is not None and costs[best] < limit else None
