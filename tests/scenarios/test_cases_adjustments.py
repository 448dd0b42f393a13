from __future__ import annotations

from typing import Any

import pytest

from apps.scenarios.cases.adjustments import run_case
from apps.scenarios.cases.outcome import Outcome


def make_case(kind: str, given: dict[str, Any], expected: dict[str, Any], **policies: str) -> dict[str, Any]:
    return {
        "id": "adjustment-1",
        "kind": kind,
        "currency": "EUR",
        "input": given,
        "expected": expected,
        "policies": policies,
    }


def make_weighted(tie_break: str, allocations: list[dict[str, str]]) -> dict[str, Any]:
    items = [{"key": key, "weight": weight} for key, weight in (("b", "1"), ("a", "1"), ("none", "0"))]
    return make_case(
        "weighted_allocation",
        {"amount": "0.03", "items": items},
        {"allocations": allocations},
        tie_break=tie_break,
        zero_share="omitted",
    )


def make_proportional(*allocations: str, **policies: str) -> dict[str, Any]:
    given = {"discount": {"type": "fixed", "amount": "5"}, "amounts": ["10", "10", "10"]}
    expected = {"allocations": list(allocations)}
    return make_case("discount_allocation", given, expected, discount_allocation="proportional", **policies)


@pytest.mark.parametrize(
    "case",
    [
        make_proportional("1.6666667", "1.6666666", "1.6666667"),
        make_proportional("1.67", "1.67", "1.67", amount_rounding="half_up"),
        make_case(
            "line_discount",
            {"discount": "10", "lines": ["20", "10"]},
            {"taxable": ["13.3333333", "6.6666667"]},
            discount_allocation="proportional",
        ),
        make_weighted("input_order", [{"key": "b", "amount": "0.02"}, {"key": "a", "amount": "0.01"}]),
        make_weighted("key", [{"key": "b", "amount": "0.01"}, {"key": "a", "amount": "0.02"}]),
        make_case(
            "line_discount",
            {"discount": "0.05", "lines": ["1", "1"]},
            {"taxable": ["0.97", "0.98"]},
            discount_allocation="last_line",
        ),
        make_case(
            "discount_stack",
            {"base": "10", "coupons": [{"type": "percent", "percent": "33.333"}]},
            {"discount": "3.33"},
            amount_rounding="half_up",
        ),
        make_case("rounding", {"amount": "-0.001"}, {"rounded": "-0.01"}, amount_rounding="down"),
    ],
)
def test_case_that_agrees_passes(case: dict[str, Any]) -> None:
    assert run_case(case) == Outcome("passed")


@pytest.mark.parametrize(
    ("case", "difference"),
    [
        (make_case("split", {}, {}), "kind 'split' is not built yet"),
        (make_case("rounding", {"amount": "1", "to": "5"}, {}), "input 'to' is not built yet"),
        (make_case("rounding", {}, {}, zero_share="kept"), "policy 'zero_share' has no value 'kept' yet"),
        (
            make_case(
                "credit_grants",
                {"grants": [], "usage": [], "from": "2027-01-01T00:00:00Z", "until": "2027-01-02T00:00:00Z",
                 "starting_balances": {}},
                {"balances": {}, "overage": "1"},
            ),
            "overage: expected 1, got 0",
        ),
    ],
)  # fmt: skip
def test_case_that_differs_or_is_not_understood_fails_by_name(case: dict[str, Any], difference: str) -> None:
    assert run_case(case) == Outcome("failed", [difference])


def test_exact_shares_are_not_rounded_unless_the_case_says_so() -> None:
    outcome = run_case(make_proportional("1.67", "1.67", "1.66"))

    assert outcome.differences == [
        "allocations: expected ['1.67', '1.67', '1.66'], got ['1.6666667', '1.6666667', '1.6666667']"
    ]
