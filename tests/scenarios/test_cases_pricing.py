from __future__ import annotations

from typing import Any

import pytest

from apps.scenarios.cases.outcome import Outcome
from apps.scenarios.cases.pricing import run_case


def make_case(**overrides: Any) -> dict[str, Any]:
    case: dict[str, Any] = {
        "id": "price-1",
        "source": "ours",
        "source_test": "two tiers",
        "notes": "",
        "model": "graduated",
        "currency": "EUR",
        "params": {
            "tiers": [
                {"up_to": "10", "unit_amount": "1", "flat_amount": "0"},
                {"up_to": None, "unit_amount": "0.333", "flat_amount": "2"},
            ]
        },
        "units": "11",
        "expected_amount": "12.33",
        "rounding": "minor_half_up",
        "policies": {"amount_rounding": "half_up", "tier_bound": "upper_inclusive"},
    }
    return {**case, **overrides}


def test_case_that_agrees_passes() -> None:
    assert run_case(make_case()) == Outcome("passed")


def test_case_that_differs_fails_with_both_amounts() -> None:
    outcome = run_case(make_case(expected_amount="12.34"))

    assert outcome == Outcome("failed", ["amount: expected EUR 12.34, got 12.33"])


@pytest.mark.parametrize(("rounding", "amount"), [("none", "12.333"), ("up", "12.34"), ("truncate", "12.33")])
def test_case_is_rounded_by_its_policy(rounding: str, amount: str) -> None:
    case = make_case(policies={"amount_rounding": rounding}, expected_amount=amount)

    assert run_case(case).status == "passed"


def test_case_does_not_look_at_id_source_and_notes() -> None:
    prose = {"id": "zzz", "source": "other", "source_test": "?", "notes": "declined", "rule": "package"}

    assert run_case(make_case(**prose)) == run_case(make_case())


def test_case_of_a_bounded_last_tier_follows_its_policy() -> None:
    tiers = [{"up_to": "10", "unit_amount": "5"}]
    case = make_case(params={"tiers": tiers}, units="15", expected_amount="50", policies={})

    assert run_case(case).differences == ["refused: beyond_last_tier: the last tier does not reach that far"]
    assert run_case({**case, "policies": {"beyond_last_tier": "not_billed"}}) == Outcome("passed")


def test_case_of_a_further_quantity_expects_the_difference() -> None:
    case = make_case(
        kind="marginal",
        model="package",
        params={"package_size": "10", "amount": "15", "round": "up", "prior_units": "17"},
        units="5",
        expected_amount="15",
        policies={"marginal": "difference_of_totals", "started_package": "whole"},
    )

    assert run_case(case) == Outcome("passed")


def test_case_of_a_line_that_does_not_carry_the_price_expects_nothing() -> None:
    case = make_case(
        model="flat",
        params={"amount": "100", "payment_term": "in_arrears", "is_final_line": False},
        expected_amount="0",
        policies={"flat_billed_on": "last_line"},
    )

    assert run_case(case) == Outcome("passed")


@pytest.mark.parametrize(
    ("overrides", "difference"),
    [
        ({"model": "percentage"}, "model 'percentage' is not built yet"),
        ({"events": ["1"]}, "field 'events' is not built yet"),
        ({"policies": {"minimum_spend": "last_line_of_period"}}, "policy 'minimum_spend' is not built yet"),
        ({"policies": {"negative_units": "release_from_top_tier"}}, "'release_from_top_tier'"),
        ({"params": {"tiers": [], "usage_discount_units": "1"}}, "parameter 'usage_discount_units'"),
        ({"kind": "total"}, "kind 'total' is not built yet"),
        ({"rounding": "minor_down"}, "rounding 'minor_down' is not built yet"),
        ({"units": 1.5}, "refused: float_refused: quantity must be a decimal string, not a float"),
    ],
)
def test_case_that_needs_what_is_not_built_fails_and_names_it(
    overrides: dict[str, Any], difference: str
) -> None:
    outcome = run_case(make_case(**overrides))

    assert outcome.status == "failed"
    assert difference in outcome.differences[0]


def test_case_without_a_field_fails_and_names_it() -> None:
    case = make_case()
    del case["units"]

    assert run_case(case) == Outcome("failed", ["field 'units' is missing"])
