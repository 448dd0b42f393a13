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
    assert run_case(make_case(expected_value="5")) == Outcome("failed", ["value: expected 5, got 4"])


@pytest.mark.parametrize(
    ("policies", "value"),
    [
        ({"dedupe": "none"}, "14"),
        ({"dedupe": "same_id_and_source"}, "2"),
        ({"dedupe": "same_id_and_source", "duplicate_winner": "last_ingested"}, "9"),
        ({"dedupe": "same_id_amends_last_wins"}, "9"),
        ({"dedupe": "same_id_and_timestamp"}, "5"),
        ({"dedupe": "same_id_and_timestamp", "duplicate_winner": "last_ingested"}, "12"),
    ],
)
def test_repeated_ids_count_as_the_policies_say(db: None, policies: dict[str, str], value: str) -> None:
    said = [("2026-03-01T00:00:00Z", 2), ("2026-03-02T00:00:00Z", 3), ("2026-03-01T00:00:00Z", 9)]
    events = [{"timestamp": at, "transaction_id": "a", "properties": {"calls": n}} for at, n in said]

    outcome = run_case(make_case(events=events, policies=policies, expected_value=value))

    assert outcome == Outcome("passed")


@pytest.mark.parametrize(
    ("overrides", "difference"),
    [
        ({"aggregation": "median"}, "aggregation 'median' is not built yet"),
        ({"decay": True}, "field 'decay' is not built yet"),
        ({"policies": {"forgetting": "slow"}}, "policy 'forgetting' is not built yet"),
        ({"policies": {"weighting": "hours"}}, "policy 'weighting' has no value 'hours' yet"),
    ],
)
def test_case_that_needs_what_is_not_built_fails_and_names_it(
    overrides: dict[str, Any], difference: str
) -> None:
    assert run_case(make_case(**overrides)) == Outcome("failed", [difference])


def test_case_of_a_declined_value_says_why() -> None:
    outcome = run_case(make_case(policies={"non_numeric": "error"}))

    assert outcome.status == "declined"
    assert "before any meter reads it" in outcome.differences[0]


@pytest.mark.parametrize(
    ("overrides", "value"),
    [
        ({"aggregation": "avg"}, "2"),
        ({"aggregation": "percentile", "percentile": "95"}, "2"),
        ({"aggregation": "weighted_sum", "initial_value": "10", "round": 3}, "13.935"),
        ({"carry_over": True, "period_start": "2026-03-02T00:00:00Z"}, "4"),
        ({"aggregation": "prorated_sum", "period_days": 62, "round": 5, "round_mode": "up"}, "1.96775"),
        ({"rounding_function": "ceil", "rounding_precision": "-1"}, "10"),
    ],
)
def test_case_is_translated_into_a_meter(db: None, overrides: dict[str, Any], value: str) -> None:
    assert run_case(make_case(expected_value=value, **overrides)) == Outcome("passed")


def test_case_with_add_and_remove_reads_its_operation_type(db: None) -> None:
    events = [
        {"timestamp": "2026-03-02T00:00:00Z", "properties": {"calls": "a"}},
        {"timestamp": "2026-03-03T00:00:00Z", "properties": {"calls": "b"}},
        {"timestamp": "2026-03-04T00:00:00Z", "properties": {"calls": "a", "operation_type": "remove"}},
    ]
    case = make_case(
        aggregation="unique_count", events=events, expected_value="1", policies={"unique_mode": "add_remove"}
    )

    assert run_case(case) == Outcome("passed")
