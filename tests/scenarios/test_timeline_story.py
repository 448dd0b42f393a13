from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from apps.scenarios.cases.outcome import Outcome
from apps.scenarios.timeline.run import read_case
from apps.scenarios.timeline.story import Story

HERE = Path()


def make_scenario(**overrides: Any) -> dict[str, Any]:
    case: dict[str, Any] = {
        "title": "A month",
        "catalog": {"products": []},
        "customer": {"time_zone": "Asia/Kathmandu"},
        "steps": [{"at": "2026-01-31", "do": "subscribe", "plan": "pro"}],
        "expect": [{"at": "2026-01-31", "invoices": [{"total": "1", "lines": [{"amount": "1"}]}]}],
    }
    return {**case, **overrides}


def test_times_are_the_customers_unless_they_have_an_offset() -> None:
    days = ["2026-01-31", "2026-01-31T09:30", "2026-01-31T09:30:00+00:00"]
    steps = [{"at": day, "do": "advance"} for day in days]

    story = read_case(make_scenario(steps=steps), folder=HERE)

    assert isinstance(story, Story)
    assert [step.at for step in story.steps] == [
        datetime(2026, 1, 30, 18, 15, tzinfo=UTC),
        datetime(2026, 1, 31, 3, 45, tzinfo=UTC),
        datetime(2026, 1, 31, 9, 30, tzinfo=UTC),
    ]


def test_steps_come_before_expectations_of_the_same_instant() -> None:
    story = read_case(
        make_scenario(
            steps=[{"at": "2026-01-31", "do": "advance"}, {"at": "2026-02-01", "do": "advance"}],
            expect=[{"at": "2026-01-31"}, {"at": "2026-02-01"}],
        ),
        folder=HERE,
    )

    assert isinstance(story, Story)
    assert [entry.place for entry in story.entries()] == [
        "steps[1] advance", "expect[1]", "steps[2] advance", "expect[2]",
    ]  # fmt: skip


def test_gateway_is_needed_only_where_a_card_is() -> None:
    without, with_card = make_scenario(), make_scenario(steps=[{"at": "2026-01-31", "do": "card"}])

    stories = [read_case(case, folder=HERE) for case in (without, with_card)]

    assert [isinstance(story, Story) and story.needs_gateway for story in stories] == [False, True]


@pytest.mark.parametrize(
    ("overrides", "difference"),
    [
        ({"weather": {}}, "field 'weather' is not built yet"),
        ({"brand": {"colour": "red"}}, "brand: field 'colour' is not built yet"),
        ({"tax": {"rates": [{"vat": "1"}]}}, "tax.rates: field 'vat' is not built yet"),
        ({"coupons": [{"code": "c", "luck": "1"}]}, "coupons[1]: field 'luck' is not built yet"),
        ({"policies": {"leap_seconds": "counted"}}, "policy 'leap_seconds' is not built yet"),
        ({"policies": {"alignment": "lunar"}}, "policy 'alignment' has no value 'lunar' yet"),
        ({"needs": ["usage", "lottery"]}, "part 'lottery' is not built yet"),
        ({"steps": [{"at": "2026-01-31", "do": "dance"}]}, "steps[1]: step 'dance' is not built yet"),
        (
            {"steps": [{"at": "2026-01-31", "do": "undo", "twice": True}]},
            "steps[1] undo: field 'twice' is not built yet",
        ),
        (
            {"expect": [{"at": "2026-01-31", "weather": "1"}]},
            "expect[1]: field 'weather' is not built yet",
        ),
        (
            {"expect": [{"at": "2026-01-31", "invoices": [{"prepaid_credits": "1"}]}]},
            "expect[1].invoices[1]: field 'prepaid_credits' is not built yet",
        ),
        (
            {"expect": [{"at": "2026-01-31", "invoices": [{"lines": [{"coupon_share": "1"}]}]}]},
            "expect[1].invoices[1].lines: field 'coupon_share' is not built yet",
        ),
        (
            {"expect": [{"at": "2026-01-31", "drafts": [{"taxes": [{"rate": "1"}]}]}]},
            "expect[1].drafts[1].taxes: field 'rate' is not built yet",
        ),
        ({"steps": [{"at": "2026-01-31", "do": "subscribe"}]}, "field 'steps[1].plan' is missing"),
        ({"steps": [{"at": "31 January", "do": "card"}]}, "Invalid isoformat string: '31 January'"),
        ({"steps": []}, "a scenario has at least one step and one expectation"),
        ({"expect": [{"at": "2026-01-30"}]}, "expect[1] is earlier than the first step"),
        (
            {"expect": [{"at": "2026-02-02"}, {"at": "2026-02-01"}]},
            "expect[2] is earlier than what stands before it",
        ),
        ({"customer": {"time_zone": "Mars/Base"}}, "'Mars/Base' is not a known time zone"),
        ({"catalog": "nowhere.yaml"}, "nowhere.yaml"),
        ({"steps": [7]}, "malformed value"),
    ],
)
def test_scenario_that_cannot_be_played_fails_and_says_why(
    overrides: dict[str, Any], difference: str
) -> None:
    outcome = read_case(make_scenario(**overrides), folder=HERE)

    assert isinstance(outcome, Outcome)
    assert outcome.status == "failed"
    assert difference in outcome.differences[0]
