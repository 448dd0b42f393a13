from __future__ import annotations

from typing import Any

import pytest

from apps.customers.models import Customer
from apps.scenarios.cases.aggregations import run_case
from apps.scenarios.cases.outcome import Outcome


def make_case(**overrides: Any) -> dict[str, Any]:
    case: dict[str, Any] = {
        "id": "meter-1",
        "source": "ours",
        "aggregation": "sum",
        "field": "calls",
        "timezone": "UTC",
        "period_start": "2026-03-01T00:00:00Z",
        "period_end": "2026-04-01T00:00:00Z",
        "events": [
            {"timestamp": "2026-03-01T00:00:00Z", "transaction_id": "a", "properties": {"calls": "2"}},
            {"timestamp": "2026-03-02T00:00:00Z", "transaction_id": "a", "properties": {"calls": "2"}},
        ],
        "expected_value": "4",
        "policies": {"dedupe": "none"},
    }
    return {**case, **overrides}


@pytest.mark.parametrize(("dedupe", "value"), [("none", "4"), ("same_id_and_timestamp", "4")])
def test_case_that_agrees_passes_and_leaves_nothing(db: None, dedupe: str, value: str) -> None:
    assert run_case(make_case(policies={"dedupe": dedupe}, expected_value=value)) == Outcome("passed")
    assert not Customer.objects.exists()


def test_case_that_differs_fails_with_both_values(db: None) -> None:
    assert run_case(make_case(expected_value="5")) == Outcome("failed", ["value: expected 5, found 4"])


def test_same_id_with_other_content_needs_a_policy_that_is_not_built(db: None) -> None:
    outcome = run_case(make_case(policies={"dedupe": "same_id_and_source"}))

    assert outcome.status == "failed"
    assert "'duplicate_winner'" in outcome.differences[0]


@pytest.mark.parametrize(
    ("overrides", "difference"),
    [
        ({"aggregation": "weighted_sum"}, "aggregation 'weighted_sum' is not built yet"),
        ({"carry_over": True}, "field 'carry_over' is not built yet"),
        ({"policies": {"weighting": "seconds_of_period"}}, "policy 'weighting' is not built yet"),
        ({"policies": {"unique_mode": "add_remove"}}, "policy 'unique_mode' has no value 'add_remove' yet"),
    ],
)
def test_case_that_needs_what_is_not_built_fails_and_names_it(
    overrides: dict[str, Any], difference: str
) -> None:
    assert run_case(make_case(**overrides)) == Outcome("failed", [difference])
