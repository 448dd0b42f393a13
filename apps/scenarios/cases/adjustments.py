"""Runs a case of the `adjustments` schema: discounts, their allocation, rounding and credit grants."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from fractions import Fraction

from apps.pricing.allocation import allocate
from apps.pricing.discounts import (
    Discount,
    DiscountAllocation,
    DiscountOrder,
    DiscountType,
    spread_discount,
    stacked_discounts,
)
from apps.pricing.money import Money
from apps.pricing.parameters import decimal_from
from apps.pricing.rounding import Rounding
from apps.scenarios.cases.credit_grants import credit_grants
from apps.scenarios.cases.exact_shares import exact_shares, shares_differ
from apps.scenarios.cases.outcome import Outcome, differing, outcome_of
from apps.scenarios.cases.vocabulary import Case, unbuilt, unbuilt_keys

FIELDS = frozenset({"policies", "kind", "currency", "input", "expected"})
POLICIES: Mapping[str, Collection[str]] = {
    "amount_rounding": frozenset(Rounding),
    "discount_allocation": frozenset(DiscountAllocation),
    "discount_base": frozenset({"remaining"}),
    "discount_limit": frozenset({"total"}),
    "discount_order": frozenset({"percent_then_fixed", "order_of_application", "before_tax"}),
    "tie_break": frozenset({"input_order", "key"}),
    "zero_share": frozenset({"omitted"}),
    "grant_order": frozenset({"priority_then_expiry"}),
    "overage": frozenset({"taken_from_next_grant"}),
    "grant_recurrence": frozenset({"reset_to_full"}),
    "ended_grant": frozenset({"zero"}),
}


def run_case(case: Case) -> Outcome:
    """Compute the case's numbers through apps.pricing and compare with what it expects."""
    kind = str(case.get("kind"))
    if kind not in KINDS:
        return Outcome("failed", [f"kind {kind!r} is not built yet"])
    if (outcome := unbuilt(case, fields=FIELDS, policies=POLICIES)) is not None:
        return outcome
    inputs, run = KINDS[kind]
    return outcome_of(lambda: unbuilt_keys("input", case["input"], inputs) or run(case))


def _discount_allocation(case: Case) -> list[str]:
    discount = Discount.parse(case["input"]["discount"])
    if _allocation(case) is DiscountAllocation.PROPORTIONAL:
        shares = exact_shares(discount, case["input"]["amounts"])
        return shares_differ("allocations", case, case["expected"]["allocations"], shares)
    amounts = [_money(case, amount) for amount in case["input"]["amounts"]]
    parts = spread_discount(discount, amounts, _allocation(case), _rounding(case))
    return differing("allocations", _monies(case, case["expected"]["allocations"]), parts)


def _weighted_allocation(case: Case) -> list[str]:
    given, policies = case["input"], case["policies"]
    keys = [item["key"] for item in given["items"]]
    weights = [decimal_from(item["weight"], "weight") for item in given["items"]]
    by_key = policies.get("tie_break", given.get("tie_break")) == "key"
    parts = allocate(_money(case, given["amount"]).minor, weights, keys if by_key else None)
    shown = [(key, Money(part, case["currency"])) for key, part in zip(keys, parts, strict=True)]
    if policies.get("zero_share") == "omitted":
        shown = [(key, part) for key, part in shown if part]
    expected = [(item["key"], _money(case, item["amount"])) for item in case["expected"]["allocations"]]
    return differing("allocations", expected, shown)


def _discount_stack(case: Case) -> list[str]:
    base = decimal_from(case["input"]["base"], "base")
    discounts = [Discount.parse(coupon) for coupon in case["input"]["coupons"]]
    order = DiscountOrder(case["policies"].get("discount_order", DiscountOrder.PERCENT_THEN_FIXED))
    taken = sum(stacked_discounts(base, discounts, order), Fraction(0))
    expected = decimal_from(case["expected"]["discount"], "discount")
    if _rounding(case) is Rounding.NONE:
        return differing("discount", Fraction(expected), taken)
    return differing(
        "discount", _money(case, expected), Money.from_exact(taken, case["currency"], _rounding(case))
    )


def _line_discount(case: Case) -> list[str]:
    discount = Discount(DiscountType.FIXED, decimal_from(case["input"]["discount"], "discount"))
    lines = _monies(case, case["input"]["lines"])
    if _allocation(case) is DiscountAllocation.PROPORTIONAL:
        shares = exact_shares(discount, case["input"]["lines"])
        left = [Fraction(line.major) - share for line, share in zip(lines, shares, strict=True)]
        return shares_differ("taxable", case, case["expected"]["taxable"], left)
    parts = spread_discount(discount, lines, _allocation(case), _rounding(case))
    taxable = [line - part for line, part in zip(lines, parts, strict=True)]
    return differing("taxable", _monies(case, case["expected"]["taxable"]), taxable)


def _rounded(case: Case) -> list[str]:
    exact = decimal_from(case["input"]["amount"], "amount")
    rounded = Money.from_exact(exact, case["currency"], _rounding(case))
    return differing("rounded", _money(case, case["expected"]["rounded"]), rounded)


def _allocation(case: Case) -> DiscountAllocation:
    return DiscountAllocation(
        case["policies"].get("discount_allocation", DiscountAllocation.LARGEST_REMAINDER)
    )


def _rounding(case: Case) -> Rounding:
    return Rounding(case["policies"].get("amount_rounding", Rounding.HALF_UP))


def _money(case: Case, amount: object) -> Money:
    return Money.from_exact(decimal_from(amount, "amount"), case["currency"], Rounding.NONE)


def _monies(case: Case, amounts: list[object]) -> list[Money]:
    return [_money(case, amount) for amount in amounts]


KINDS: Mapping[str, tuple[frozenset[str], Callable[[Case], list[str]]]] = {
    "discount_allocation": (frozenset({"discount", "amounts"}), _discount_allocation),
    "weighted_allocation": (frozenset({"amount", "items", "tie_break"}), _weighted_allocation),
    "discount_stack": (frozenset({"base", "coupons", "order"}), _discount_stack),
    "line_discount": (frozenset({"discount", "lines"}), _line_discount),
    "rounding": (frozenset({"amount"}), _rounded),
    "credit_grants": (
        frozenset({"grants", "usage", "from", "until", "starting_balances"}),
        credit_grants,
    ),
}
