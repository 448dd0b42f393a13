from __future__ import annotations

import pytest

from apps.plans.enums import QuantitySource
from apps.plans.models import Price
from apps.subscriptions.quantities import quantities_after, seats_of

BASE = Price(code="base", quantity_source=QuantitySource.FIXED)
FULL, LIGHT = (Price(code=code, quantity_source=QuantitySource.SEATS) for code in ("full", "light"))


@pytest.mark.parametrize(
    ("prices", "present", "named", "wished", "after"),
    [
        # no price would follow the quantity that is wished for
        ([BASE, FULL], {"full": 5}, {}, True, {}),
        ([FULL, LIGHT], {"full": 5, "light": 7}, {}, True, {}),
        ([FULL, LIGHT], {"full": 5}, {"light": 7}, True, {"light": 7}),
        # one does, and the other keeps its own
        ([FULL, LIGHT], {"light": 7}, {}, True, {"light": 7}),
        # nothing is said about the quantity
        ([BASE, FULL], {"full": 5}, {}, False, {"full": 5}),
        ([FULL, LIGHT], {"full": 5}, {"light": 7}, False, {"full": 5, "light": 7}),
        # a plan without such a price
        ([FULL], {"light": 7}, {}, False, {}),
    ],
)
def test_quantities_of_single_prices_after_a_change(
    prices: list[Price],
    present: dict[str, int],
    named: dict[str, int],
    wished: bool,
    after: dict[str, int],
) -> None:
    assert quantities_after(prices, present, named=named, wished=wished) == after


def test_seats_of_a_price_are_its_own_or_the_subscriptions() -> None:
    assert seats_of([BASE, FULL, LIGHT], 2, {"light": 7}) == {"full": 2, "light": 7}
