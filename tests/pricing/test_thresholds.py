from __future__ import annotations

import pytest

from apps.pricing.errors import PricingError
from apps.pricing.thresholds import reached_threshold


@pytest.mark.parametrize(
    ("amount", "reached"),
    [(0, 0), (199, 0), (200, 200), (201, 200), (499, 200), (500, 500), (10_000, 500)],
)
def test_thresholds_that_stand_alone_are_reached_at_their_amount(amount: int, reached: int) -> None:
    assert reached_threshold(amount, once=[500, 200]) == reached


@pytest.mark.parametrize(
    ("amount", "reached"), [(499, 200), (500, 500), (599, 500), (600, 600), (799, 700), (800, 800)]
)
def test_a_recurring_threshold_counts_from_the_highest_of_the_others(amount: int, reached: int) -> None:
    assert reached_threshold(amount, once=[200, 500], step=100) == reached


@pytest.mark.parametrize(("amount", "reached"), [(-50, 0), (149, 0), (150, 150), (301, 300)])
def test_a_recurring_threshold_alone_counts_from_zero(amount: int, reached: int) -> None:
    assert reached_threshold(amount, once=[], step=150) == reached


def test_without_thresholds_nothing_is_reached() -> None:
    assert reached_threshold(10_000, once=[]) == 0


@pytest.mark.parametrize(("once", "step"), [([0], None), ([], 0), ([-1], 5)])
def test_a_threshold_of_nothing_is_refused(once: list[int], step: int | None) -> None:
    with pytest.raises(PricingError) as refused:
        reached_threshold(1, once=once, step=step)

    assert refused.value.code == "not_positive"
