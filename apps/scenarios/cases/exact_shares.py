"""Parts of a discount that is spread exactly: policy `discount_allocation` proportional."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from apps.pricing.discounts import Discount, proportional_shares
from apps.pricing.errors import PricingError
from apps.pricing.money import Money
from apps.pricing.parameters import decimal_from
from apps.pricing.rounding import Rounding, rounded_decimal
from apps.scenarios.cases.vocabulary import Case

# Cases write exact shares with seven decimals, rounded or cut.
SHOWN = Decimal("0.0000001")


def exact_shares(discount: Discount, amounts: Sequence[object]) -> list[Fraction]:
    """What a discount takes off each amount, in major units."""
    read = [Fraction(decimal_from(amount, "amount")) for amount in amounts]
    return proportional_shares(discount.of(sum(read, Fraction(0))), read)


def shares_differ(name: str, case: Case, expected: Sequence[object], found: Sequence[Fraction]) -> list[str]:
    """Compare exact shares as they are shown; where the case names a rounding, each rounded alone will do."""
    wanted = [decimal_from(amount, name) for amount in expected]
    same = len(wanted) == len(found) and all(
        _same(case, share, amount) for share, amount in zip(found, wanted, strict=True)
    )
    shown = [str(rounded_decimal(share, 7)) for share in found]
    return [] if same else [f"{name}: expected {[str(amount) for amount in wanted]}, got {shown}"]


def _same(case: Case, share: Fraction, wanted: Decimal) -> bool:
    if abs(share - Fraction(wanted)) <= Fraction(SHOWN):
        return True
    rounding = case["policies"].get("amount_rounding", Rounding.NONE)
    try:
        return Money.from_exact(share, case["currency"], Rounding(rounding)).major == wanted
    except PricingError:
        return False
