from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.pricing.currencies import EXPONENTS, exponent, is_currency
from apps.pricing.errors import CurrencyMismatch, PricingError
from apps.pricing.money import Money
from apps.pricing.rounding import Rounding, rounded_units

CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD", "CLF"])
FINE = st.fractions(max_denominator=10**9).map(lambda value: value * 1000)


@pytest.mark.parametrize(
    ("currency", "decimals"),
    [("EUR", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("BHD", 3), ("CLF", 4), ("ISK", 0)],
)
def test_exponent_of_currency_is_that_of_iso_4217(currency: str, decimals: int) -> None:
    assert exponent(currency) == decimals


def test_currencies_are_active_codes_with_a_minor_unit() -> None:
    assert len(EXPONENTS) == 165
    assert all(len(code) == 3 and code.isupper() for code in EXPONENTS)
    assert not {"HRK", "ANG", "ZWL", "BGN", "SLL", "XXX", "XAU", "XTS"} & EXPONENTS.keys()
    assert is_currency("EUR")
    assert not is_currency("eur")


def test_exponent_of_unknown_currency_is_refused() -> None:
    with pytest.raises(PricingError) as refusal:
        exponent("XYZ")

    assert (refusal.value.code, refusal.value.field) == ("unknown_currency", "currency")


@pytest.mark.parametrize(
    ("exact", "currency", "minor"),
    [
        ("0.005", "EUR", 1),
        ("0.0049", "EUR", 0),
        ("-0.005", "EUR", -1),
        ("0.015", "EUR", 2),
        ("0.025", "EUR", 3),
        ("2.675", "EUR", 268),
        ("0.5", "JPY", 1),
        ("1.5", "JPY", 2),
        ("0.49", "JPY", 0),
        ("1.2345", "KWD", 1235),
        ("1.2344", "KWD", 1234),
        ("0.00005", "CLF", 1),
        ("0", "EUR", 0),
        ("123456789012345678901234567890.005", "EUR", 12345678901234567890123456789001),
    ],
)
def test_money_from_exact_rounds_half_away_from_zero(exact: str, currency: str, minor: int) -> None:
    assert Money.from_exact(Decimal(exact), currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("rounding", "rounded"),
    [
        (Rounding.HALF_UP, [3, -3, 2, 4, 3, -3]),
        (Rounding.HALF_EVEN, [2, -2, 2, 4, 3, -3]),
        (Rounding.TRUNCATE, [2, -2, 2, 3, 2, -2]),
        (Rounding.UP, [3, -2, 3, 4, 3, -2]),
        (Rounding.DOWN, [2, -3, 2, 3, 2, -3]),
    ],
)
def test_rounding_of_halves_and_signs(rounding: Rounding, rounded: list[int]) -> None:
    values = ["2.5", "-2.5", "2.1", "3.5", "2.51", "-2.51"]

    assert [rounded_units(Decimal(value), 0, rounding) for value in values] == rounded


def test_rounding_none_keeps_what_is_whole_and_refuses_a_rest() -> None:
    assert Money.from_exact(Decimal("1.20"), "EUR", Rounding.NONE) == Money(120, "EUR")
    with pytest.raises(PricingError) as refusal:
        Money.from_exact(Decimal("1.205"), "EUR", Rounding.NONE)

    assert refusal.value.code == "not_exact"


def test_rounding_to_negative_decimals_rounds_to_hundreds() -> None:
    assert rounded_units(Decimal(1250), -2) == 13


@given(FINE, CURRENCIES)
def test_rounding_is_never_off_by_more_than_half_a_unit(exact: Fraction, currency: str) -> None:
    money = Money.from_exact(exact, currency)

    assert abs(Fraction(money.major) - exact) <= Fraction(1, 2 * 10 ** exponent(currency))


@given(FINE, CURRENCIES)
def test_rounding_of_the_negative_is_the_negative_of_the_rounding(exact: Fraction, currency: str) -> None:
    assert Money.from_exact(-exact, currency) == -Money.from_exact(exact, currency)


@given(st.integers(), CURRENCIES)
def test_money_survives_the_way_to_major_units_and_back(minor: int, currency: str) -> None:
    assert Money.from_exact(Money(minor, currency).major, currency, Rounding.NONE).minor == minor


@pytest.mark.parametrize(
    ("minor", "currency", "major"),
    [(1250, "KWD", "1.250"), (-5, "EUR", "-0.05"), (7, "JPY", "7"), (0, "EUR", "0.00")],
)
def test_money_major_has_all_decimals_of_its_currency(minor: int, currency: str, major: str) -> None:
    assert str(Money(minor, currency).major) == major


def test_money_adds_subtracts_and_compares_in_one_currency() -> None:
    three, five = Money(3, "EUR"), Money(5, "EUR")

    assert three + five == Money(8, "EUR")
    assert three - five == Money(-2, "EUR")
    assert Money.total([three, five, five], "EUR") == Money(13, "EUR")
    assert Money.total([], "JPY") == Money(0, "JPY")
    assert three < five
    assert five >= five
    assert three != Money(3, "USD")
    assert not Money.zero("EUR")


@pytest.mark.parametrize("operation", ["__add__", "__sub__", "__lt__", "__le__", "__gt__", "__ge__"])
def test_money_of_two_currencies_is_refused(operation: str) -> None:
    with pytest.raises(CurrencyMismatch) as refusal:
        getattr(Money(1, "EUR"), operation)(Money(1, "USD"))

    assert refusal.value.code == "currency_mismatch"


@pytest.mark.parametrize("minor", [1.0, True, Decimal(1), "1"])
def test_money_of_anything_but_an_integer_is_refused(minor: object) -> None:
    with pytest.raises(PricingError) as refusal:
        Money(minor, "EUR")  # type: ignore[arg-type]

    assert refusal.value.code == "not_an_integer"


@pytest.mark.parametrize(
    ("value", "code"), [(0.1, "float_refused"), (Decimal("NaN"), "not_a_number"), ("0.1", "not_a_number")]
)
def test_money_from_what_is_not_exact_is_refused(value: object, code: str) -> None:
    with pytest.raises(PricingError) as refusal:
        Money.from_exact(value, "EUR")  # type: ignore[arg-type]

    assert refusal.value.code == code
