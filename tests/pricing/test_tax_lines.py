"""Tax of lines: golden roundings, and what always holds."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.pricing.errors import PricingError
from apps.pricing.money import Money
from apps.pricing.tax_lines import LineRate, TaxableLine, TaxRounding, tax_lines

VAT20 = LineRate("vat-20", Decimal(20))
VAT10 = LineRate("vat-10", Decimal(10))
PERCENTS = st.decimals(0, 30, places=2)
MINORS = st.integers(0, 10**9)


def line(amount: str, *rates: LineRate, included: bool = False) -> TaxableLine:
    return TaxableLine(Fraction(amount), rates, included)


def minors(lines: list[TaxableLine], rounding: TaxRounding) -> list[list[int]]:
    return [[tax.money.minor for tax in taxes] for taxes in tax_lines(lines, "EUR", rounding)]


THREE_CENTS = [line("0.12", VAT20), line("0.12", VAT20), line("0.12", VAT20)]


@pytest.mark.parametrize(
    ("rounding", "expected"),
    [
        # 3 x 0.024: each alone is 0.02, together 0.072 is 0.07.
        (TaxRounding.PER_LINE, [[2], [2], [2]]),
        (TaxRounding.PER_RATE, [[3], [2], [2]]),
        (TaxRounding.INVOICE_ONCE, [[3], [2], [2]]),
    ],
)
def test_what_is_summed_before_rounding_is_the_policy(
    rounding: TaxRounding, expected: list[list[int]]
) -> None:
    assert minors(THREE_CENTS, rounding) == expected


def test_two_rates_are_rounded_apart_or_together() -> None:
    # 0.024 and 0.012: apart 0.02 + 0.01, together 0.036 is 0.04.
    lines = [line("0.12", VAT20), line("0.12", VAT10)]

    assert minors(lines, TaxRounding.PER_RATE) == [[2], [1]]
    assert minors(lines, TaxRounding.INVOICE_ONCE) == [[3], [1]]


def test_an_included_tax_leaves_the_gross_amount_alone() -> None:
    # 119.00 at 19 % is 100.00 and 19.00.
    assert minors([line("119", LineRate("de", Decimal(19)), included=True)], TaxRounding.PER_RATE) == [[1900]]


def test_parallel_taxes_share_what_is_included() -> None:
    # 118.00 at 9 % + 9 %: 100.00 net.
    halves = (LineRate("cgst", Decimal(9)), LineRate("sgst", Decimal(9)))

    assert minors([line("118", *halves, included=True)], TaxRounding.PER_RATE) == [[900, 900]]


def test_a_negative_line_takes_tax_back() -> None:
    lines = [line("10.00", VAT20), line("-3.33", VAT20)]

    # 6.67 x 20 % = 1.334; -0.666 is cut down to -0.67, and 2.00 stays.
    assert minors(lines, TaxRounding.PER_RATE) == [[200], [-67]]


def test_a_negative_rate_is_refused() -> None:
    with pytest.raises(PricingError):
        tax_lines([line("1", LineRate("x", Decimal(-1)))], "EUR")


@given(st.lists(st.tuples(st.integers(-(10**7), 10**9), PERCENTS), min_size=1, max_size=8), st.data())
def test_line_taxes_sum_to_what_was_rounded(
    given_lines: list[tuple[int, Decimal]], data: st.DataObject
) -> None:
    rounding = data.draw(st.sampled_from(list(TaxRounding)))
    lines = [TaxableLine(Fraction(minor, 100), (LineRate(rate, rate),)) for minor, rate in given_lines]

    taxes = [each[0] for each in tax_lines(lines, "EUR", rounding)]

    total = sum(tax.money.minor for tax in taxes)
    exact = sum((tax.exact for tax in taxes), Fraction(0)) * 100
    parts = {"per_line": len(lines), "per_rate": len({rate for _, rate in given_lines}), "invoice_once": 1}
    assert abs(total - exact) <= Fraction(parts[rounding], 2)
    assert all(abs(tax.money.minor - tax.exact * 100) < 1 or len(lines) == 1 for tax in taxes)


@given(MINORS, PERCENTS, st.sampled_from(["EUR", "JPY", "KWD"]), st.sampled_from(list(TaxRounding)))
def test_inclusive_and_exclusive_give_the_same_gross(
    net_minor: int, percent: Decimal, currency: str, rounding: TaxRounding
) -> None:
    rate = (LineRate("vat", percent),)
    net = Money(net_minor, currency)
    ((tax,),) = tax_lines([TaxableLine(Fraction(net.major), rate)], currency, rounding)
    gross = net + tax.money

    ((included,),) = tax_lines([TaxableLine(Fraction(gross.major), rate, True)], currency, rounding)

    assert gross - included.money == net
    assert included.money == tax.money


def test_given_taxes_are_rounded_with_those_worked_out() -> None:
    # 0.30 of tax on 1.50, less a third of 0.10 taken back: 0.2666... in all.
    given = TaxableLine(Fraction(-1, 6), (VAT20,), taxes=(Fraction(-1, 30),))

    assert minors([line("1.50", VAT20), given], TaxRounding.PER_RATE) == [[30], [-3]]
    assert minors([given], TaxRounding.PER_RATE) == [[-3]]
