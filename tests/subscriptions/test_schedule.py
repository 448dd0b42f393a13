from __future__ import annotations

import pytest

from apps.plans.models import Price
from apps.pricing.periods.cadence import Interval
from apps.subscriptions.schedule import cadence_code, main_cadence


def price(interval: str, count: int = 1, *, timing: str = "in_advance") -> Price:
    return Price(interval=interval, interval_count=count, timing=timing)


@pytest.mark.parametrize(
    ("prices", "cadence"),
    [
        ([price("month")], ("month", 1)),
        ([price("month"), price("year")], ("year", 1)),
        ([price("year"), price("month")], ("year", 1)),
        # What is billed afterwards can be cut without harm.
        ([price("month"), price("year", timing="in_arrears")], ("month", 1)),
        ([price("month", timing="in_arrears"), price("year", timing="in_arrears")], ("month", 1)),
        ([price("quarter"), price("month", 6)], ("month", 6)),
        ([price("day", 10), price("week", 1)], ("day", 10)),
        # Equal ones: the first of the price list.
        ([price("quarter"), price("month", 3)], ("quarter", 1)),
    ],
)
def test_main_cadence_is_the_longest_that_is_paid_in_advance(
    prices: list[Price], cadence: tuple[str, int]
) -> None:
    assert main_cadence(prices) == cadence


def test_cadence_codes_are_all_different() -> None:
    codes = [cadence_code(interval, count) for interval in Interval for count in (1, 2, 12, 365, 999)]

    assert len(set(codes)) == len(codes)
