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


def test_case_of_event_amounts_keeps_their_order() -> None:
    params = {"rate_percent": "10", "free_units": "100", "fixed_fee_per_event": "1", "per_event_min": None}
    case = make_case(
        model="percentage", params=params, events=["90", "30"], units="120", expected_amount="3", policies={}
    )

    assert run_case(case) == Outcome("passed")
    assert run_case({**case, "events": ["30", "90"]}) == Outcome("passed")
    assert run_case({**case, "events": ["120", "0"]}).differences == [
        "amount: expected EUR 3, got 4",
    ]


def test_case_with_prior_events_expects_the_difference() -> None:
    params = {"rate_percent": "10", "free_units": "100", "prior_events": ["90"]}
    case = make_case(
        kind="marginal",
        model="percentage",
        params=params,
        events=["30"],
        units="30",
        expected_amount="2",
        policies={},
    )

    assert run_case(case) == Outcome("passed")


@pytest.mark.parametrize(
    ("params", "units", "is_last", "expected"),
    [
        ({"minimum_amount": "100"}, "3", True, "100"),
        ({"minimum_amount": "100"}, "3", False, "30"),
        ({"maximum_amount": "25"}, "3", False, "25"),
        ({"maximum_amount": "25", "prior_units": "2", "prior_billed_amount": "20"}, "3", False, "5"),
        ({"minimum_amount": "100", "prior_units": "2", "prior_billed_amount": "20"}, "3", True, "80"),
        ({"percentage_discount": "50", "maximum_amount": "12"}, "3", True, "12"),
        ({"usage_discount_units": "4", "prior_units": "3"}, "2", True, "10"),
        ({"base_amount": "7"}, "3", True, "37"),
        ({"unit_conversion": {"operation": "divide", "factor": "2", "rounding": "ceiling"}}, "3", True, "20"),
    ],
)
def test_case_with_terms_around_the_model(
    params: dict[str, Any], units: str, is_last: bool, expected: str
) -> None:
    case = make_case(
        model="per_unit",
        params={"unit_amount": "10", "is_final_line": is_last, **params},
        units=units,
        expected_amount=expected,
        policies={},
        **({"kind": "marginal"} if "prior_units" in params else {}),
    )

    assert run_case(case) == Outcome("passed")


def test_case_of_prorated_units_fills_the_tiers_with_full_ones() -> None:
    case = make_case(
        model="graduated_prorated",
        units="12",
        events=[{"units": "12", "prorated_units": "6"}],
        expected_amount="7.33",
        policies={"tier_selection": "full_units", "proration_unit": "day"},
    )

    assert run_case(case) == Outcome("passed")


def test_case_of_unit_types_takes_the_lowest_step_that_holds_all() -> None:
    tiers = [
        {"limits": {"cpu": "4", "disk": None}, "amount": "10"},
        {"limits": {"cpu": "8", "disk": None}, "amount": "20"},
    ]
    case = make_case(
        model="stairstep_capacity",
        params={"tiers": tiers, "usage": {"cpu": "8", "disk": "9000"}},
        units=None,
        expected_amount="20",
        policies={"tier_selection": "all_limits_hold"},
    )

    assert run_case(case) == Outcome("passed")


@pytest.mark.parametrize(
    ("overrides", "difference"),
    [
        ({"model": "auction"}, "model 'auction' is not built yet"),
        ({"weights": ["1"]}, "field 'weights' is not built yet"),
        ({"policies": {"minimum_spend": "each_line"}}, "policy 'minimum_spend' has no value 'each_line' yet"),
        ({"params": {"tiers": [], "multiplier": "1"}}, "parameter 'multiplier'"),
        (
            {"policies": {"negative_units": "release_from_top_tier"}, "model": "volume"},
            "refused: unfit_choice",
        ),
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
