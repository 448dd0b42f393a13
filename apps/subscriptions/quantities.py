"""How many seats each price of a subscription has: its own quantity, or else that of the subscription."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from apps.plans.enums import QuantitySource
from apps.plans.models import Price


def quantities_after(
    prices: Sequence[Price], present: Mapping[str, int], *, named: Mapping[str, int], wished: bool
) -> dict[str, int]:
    """The quantities of single prices (by code) after a change to `prices` that names some.

    Those of codes that are no seat prices there are dropped. Where the one quantity of the subscription was
    `wished` anew and no price would follow it, all follow it but those that are named.
    """
    seats = _codes(prices)
    kept = {code: quantity for code, quantity in present.items() if code in seats}
    if wished and seats <= kept.keys() | named.keys():
        kept = {}
    return kept | dict(named)


def seats_of(prices: Sequence[Price], quantity: int, quantities: Mapping[str, int]) -> dict[str, int]:
    """How many each seat price has, by code."""
    return {code: quantities.get(code, quantity) for code in _codes(prices)}


def _codes(prices: Sequence[Price]) -> set[str]:
    return {price.code for price in prices if price.quantity_source == QuantitySource.SEATS}
