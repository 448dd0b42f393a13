from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.pricing.recognition import earned_by

FIRST, LAST = date(2026, 1, 1), date(2026, 2, 1)


@pytest.mark.parametrize(
    ("day", "earned"),
    [
        (date(2025, 12, 1), 0),
        (FIRST, 0),
        (date(2026, 1, 2), 93),
        (date(2026, 1, 16), 1403),
        (date(2026, 1, 31), 2806),
        (LAST, 2900),
        (date(2027, 1, 1), 2900),
    ],
)
def test_fee_of_a_month_is_earned_by_days_and_the_last_day_takes_the_rest(day: date, earned: int) -> None:
    assert earned_by(day, first=FIRST, last=LAST, amount_minor=2900) == earned


def test_amount_below_zero_is_earned_as_slowly() -> None:
    days = [date(2026, 1, 2), date(2026, 1, 3), LAST]

    earned = [earned_by(day, first=FIRST, last=LAST, amount_minor=-100) for day in days]

    assert earned == [-3, -6, -100]


def test_period_within_a_day_is_earned_when_that_day_is_over() -> None:
    earned = [earned_by(FIRST + timedelta(days=n), first=FIRST, last=FIRST, amount_minor=5) for n in (0, 1)]

    assert earned == [0, 5]


@given(
    amount=st.integers(-(10**12), 10**12),
    days=st.integers(1, 1200),
    first=st.dates(date(2000, 1, 1), date(2050, 1, 1)),
)
def test_days_never_take_back_and_sum_to_the_amount(amount: int, days: int, first: date) -> None:
    last = first + timedelta(days=days)
    earned = [
        earned_by(first + timedelta(days=n), first=first, last=last, amount_minor=amount)
        for n in range(days + 1)
    ]

    parts = [abs(after) - abs(before) for before, after in pairwise(earned)]
    assert (earned[0], earned[-1]) == (0, amount)
    # No two days differ by more than a minor unit.
    assert min(parts) >= 0
    assert max(parts) - min(parts) <= 1
