from __future__ import annotations

from typing import Any

import pytest

from apps.scenarios.cases.declined import DECLINED
from apps.scenarios.cases.outcome import Outcome
from apps.scenarios.cases.periods import run_case


def make_case(**overrides: Any) -> dict[str, Any]:
    case: dict[str, Any] = {
        "id": "period-1",
        "source": "ours",
        "source_test": "month end",
        "notes": "",
        "asserted": ["start", "end"],
        "kind": "containing",
        "interval": "month",
        "interval_count": 1,
        "alignment": "anniversary",
        "anchor": "2026-01-31",
        "timezone": "Asia/Kathmandu",
        "at": "2026-03-05",
        "expected_period_start": "2026-02-28",
        "expected_period_end": "2026-03-31",
        "policies": {
            "alignment": "anniversary",
            "anchor_precision": "local_day",
            "boundary_zone": "customer",
        },
    }
    return {**case, **overrides}


def test_case_that_agrees_passes() -> None:
    assert run_case(make_case()) == Outcome("passed")


def test_case_that_differs_fails_with_both_dates() -> None:
    outcome = run_case(make_case(expected_period_end="2026-03-28"))

    assert outcome == Outcome("failed", ["period end: expected 2026-03-28, got 2026-03-31"])


def test_case_compares_instants_and_the_inclusive_end_where_given() -> None:
    exact = {
        "expected_start_utc": "2026-02-27T18:15:00Z",
        "expected_end_utc": "2026-03-30T18:15:00Z",
        "source_end_inclusive": "2026-03-30",
    }

    assert run_case(make_case(**exact)) == Outcome("passed")
    assert run_case(make_case(**{**exact, "expected_end_utc": "2026-03-31T00:00:00Z"})).status == "failed"


def test_case_with_boundaries_in_utc_does_not_use_its_zone() -> None:
    case = make_case(at="2026-03-30T20:00:00Z", policies={"boundary_zone": "utc"})

    assert run_case(case) == Outcome("passed")


def test_case_does_not_look_at_id_source_and_quirk() -> None:
    assert run_case(make_case(id="zzz", source="other", notes="?", quirk=True)) == run_case(make_case())


@pytest.mark.parametrize(
    "overrides",
    [
        {"kind": "billed_advance", "at": "2026-02-28"},
        {"kind": "billed_arrears", "at": "2026-04-02", "policies": {"arrears_run": "last_ended_period"}},
        {"kind": "billed_arrears", "at": "2026-03-31", "policies": {"arrears_run": "period_of_day_before"}},
        {
            "kind": "first_boundary",
            "alignment": "billing_day",
            "billing_day": 30,
            "anchor": "2026-02-16",
            "expected_period_start": "2026-02-16",
            "expected_period_end": "2026-02-28",
        },
        {
            "kind": "list",
            "at": "2026-02-28",
            "expected_periods": [
                {"start": "2026-01-31", "end": "2026-02-28"},
                {"start": "2026-02-28", "end": "2026-03-31"},
            ],
            "policies": {"invoiced_periods": "started_on_or_before_target"},
        },
        {
            "kind": "billed_to",
            "expected_billed_to": "2026-02-28",
            "expected_next_boundary": "2026-03-31",
            "policies": {"invoiced_periods": "ended_on_or_before_target"},
        },
        {"kind": "elapsed_cycles", "expected_elapsed_cycles": 1},
        {
            "kind": "next_boundary",
            "at": "2026-03-05T00:00:00Z",
            "expected_period_start": "2026-03-05T00:00:00Z",
            "expected_period_end": "2026-04-01T00:00:00Z",
            "policies": {"boundary_zone": "utc", "next_boundary": "calendar_boundary_plus_steps"},
        },
    ],
    ids=lambda overrides: f"{overrides['kind']} {overrides.get('at', '')}",
)
def test_case_of_every_kind_passes(overrides: dict[str, Any]) -> None:
    assert run_case(make_case(**overrides)) == Outcome("passed")


@pytest.mark.parametrize(
    ("overrides", "difference"),
    [
        ({"kind": "previous"}, "kind 'previous' is not built yet"),
        ({"fiscal_year_start": 4}, "field 'fiscal_year_start' is not built yet"),
        ({"policies": {"week_start": "sunday"}}, "policy 'week_start' has no value 'sunday' yet"),
        ({"policies": {"leap_seconds": "counted"}}, "policy 'leap_seconds' is not built yet"),
        ({"interval": "fortnight"}, "malformed value: 'fortnight' is not a valid Interval"),
        ({"timezone": "Mars/Base"}, "refused: unknown_zone: 'Mars/Base' is not a known time zone"),
    ],
)
def test_case_that_needs_what_is_not_built_fails_and_names_it(
    overrides: dict[str, Any], difference: str
) -> None:
    assert run_case(make_case(**overrides)) == Outcome("failed", [difference])


def test_case_of_a_declined_policy_is_declined_with_its_reason() -> None:
    policy, value = "next_boundary", "anchor_date_in_year_plus_count"

    outcome = run_case(make_case(kind="next_boundary", policies={policy: value}))

    assert outcome.status == "declined"
    assert DECLINED[policy, value] in outcome.differences[0]
