from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.pricing.errors import PricingError
from apps.pricing.money import Money
from apps.pricing.tax import split_inclusive, tax_on

RATES = st.lists(st.decimals(min_value=0, max_value=60, places=3, allow_nan=False), max_size=4)


@pytest.mark.parametrize(
    ("minor", "currency", "rate", "tax"),
    [
        (43, "USD", "15", 6),
        (484, "USD", "15", 73),
        (10, "EUR", "5", 1),
        (-10, "EUR", "5", -1),
        (1000, "JPY", "10", 100),
        (1005, "KWD", "5", 50),
        (999, "EUR", "0", 0),
    ],
)
def test_tax_on_a_net_amount_is_rounded_once(minor: int, currency: str, rate: str, tax: int) -> None:
    assert tax_on(Money(minor, currency), Decimal(rate)) == Money(tax, currency)


def test_split_inclusive_takes_parallel_rates_out_of_the_gross() -> None:
    split = split_inclusive(Money(11800, "INR"), [Decimal(9), Decimal(9)])

    assert split.net == Money(10000, "INR")
    assert split.taxes == (Money(900, "INR"), Money(900, "INR"))


def test_split_inclusive_gives_an_odd_unit_to_the_first_of_equal_rates() -> None:
    split = split_inclusive(Money(101, "INR"), [Decimal(9), Decimal(9)])

    assert (split.net.minor, [tax.minor for tax in split.taxes]) == (86, [8, 7])


def test_split_inclusive_without_tax_is_all_net() -> None:
    assert split_inclusive(Money(99, "EUR"), []).net == Money(99, "EUR")
    assert split_inclusive(Money(99, "EUR"), [Decimal(0)]).taxes == (Money(0, "EUR"),)


@given(st.integers(min_value=-(10**9), max_value=10**9), RATES)
def test_split_inclusive_parts_sum_to_the_gross(minor: int, rates: list[Decimal]) -> None:
    assert split_inclusive(Money(minor, "EUR"), rates).gross == Money(minor, "EUR")


@pytest.mark.parametrize(("rate", "code"), [(Decimal(-1), "negative"), (0.19, "float_refused")])
def test_tax_at_a_wrong_rate_is_refused(rate: Decimal, code: str) -> None:
    with pytest.raises(PricingError) as refusal:
        tax_on(Money(1, "EUR"), rate)

    assert refusal.value.code == code
