from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.pricing.credits import credit_amounts, limited_credit, paid_share, refundable
from apps.pricing.money import Money
from apps.pricing.proration_policy import CreditLimit, ProrationPolicy, RefundRest

AMOUNTS = st.decimals(min_value=0, max_value=10**6, places=4, allow_nan=False)


@pytest.mark.parametrize(
    ("limit", "potential", "original", "previous", "credit"),
    [
        (CreditLimit.ORIGINAL_LESS_PREVIOUS, 20, 100, 0, 20),
        (CreditLimit.ORIGINAL_LESS_PREVIOUS, 20, 100, 90, 10),
        (CreditLimit.ORIGINAL_LESS_PREVIOUS, 20, 100, 120, 0),
        (CreditLimit.ORIGINAL_LESS_PREVIOUS, -5, 100, 0, 0),
        (CreditLimit.ITEM_LESS_ADJUSTMENTS, 20, 100, 90, 10),
        (CreditLimit.UNUSED_LESS_PREVIOUS, 20, 100, 5, 15),
        (CreditLimit.UNUSED_LESS_PREVIOUS, 20, 100, 25, 0),
    ],
)
def test_credit_is_limited_as_the_policy_says(
    limit: CreditLimit, potential: int, original: int, previous: int, credit: int
) -> None:
    policy = ProrationPolicy(credit_limit=limit)

    assert limited_credit(policy, potential, original=original, previous=previous) == credit


def test_credit_amounts_take_the_tax_from_the_exact_item() -> None:
    # 0.004 rounds to nothing; half of it as tax does too, but 150 % of it does not.
    amounts = credit_amounts(Fraction(4, 1000), Decimal(150), "EUR")

    assert (amounts.net.minor, amounts.tax.minor, amounts.total.minor) == (0, 1, 1)


def test_paid_share_is_in_proportion_to_the_net_amounts() -> None:
    assert paid_share(Decimal("55.8"), fee=31, invoice_net=62) == Fraction("27.9")
    assert paid_share(10, fee=0, invoice_net=0) == 0


@pytest.mark.parametrize(
    ("paid", "used", "refund"),
    [("27.9", "18", 990), ("60", "18", 1920), ("10", "18", 0), ("18.004", "18", 0)],
)
def test_refund_is_what_was_paid_beyond_the_used_part(paid: str, used: str, refund: int) -> None:
    policy = ProrationPolicy(refund_rest=RefundRest.INVOICE_OFFSET)

    split = refundable(policy, Money(1920, "EUR"), paid=Decimal(paid), used=Decimal(used))

    assert (split.refund.minor, split.rest.minor) == (refund, 1920 - refund)
    assert split.rest_goes_to is RefundRest.INVOICE_OFFSET


@given(st.integers(min_value=0, max_value=10**9), AMOUNTS, AMOUNTS)
def test_refund_and_rest_are_the_total_and_neither_is_negative(
    total: int, paid: Decimal, used: Decimal
) -> None:
    split = refundable(ProrationPolicy(), Money(total, "JPY"), paid=paid, used=used)

    assert split.refund.minor + split.rest.minor == total
    assert min(split.refund.minor, split.rest.minor) >= 0
