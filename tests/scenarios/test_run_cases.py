from __future__ import annotations

import random
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from apps.accounts.models import Brand
from apps.scenarios.cases.outcome import Outcome
from apps.scenarios.files import NamedCase, case_files, read_cases
from apps.scenarios.rehearsal_gateway import NOWHERE
from apps.scenarios.services.run_cases import run_cases
from tests.factories.customers import make_brand

NOW = datetime(2026, 11, 1, tzinfo=UTC)
# Prose of a case, by which a result must not be chosen.
PROSE = ("id", "title", "source", "source_test", "notes", "rule")


def documented_cases(folder: str = "") -> list[NamedCase]:
    paths = case_files([settings.BASE_DIR / "docs" / "scenarios" / folder])
    return [case for path in paths for case in read_cases(path)]


def outcomes(cases: list[NamedCase]) -> list[Outcome]:
    found: list[Outcome] = []
    run_cases(cases=cases, now=NOW, on_outcome=lambda case, outcome: found.append(outcome))
    return found


def neutral_timeline(**overrides: Any) -> dict[str, Any]:
    """A week that begins on a Friday in Denver, in the schema of external timelines."""
    case: dict[str, Any] = {
        "id": "timeline-1",
        "source": "ours",
        "title": "A weekly plan in advance with usage",
        "currency": "EUR",
        "catalog": {
            "plans": [
                {
                    "code": "p",
                    "interval": "week",
                    "amount": "14",
                    "pay_in_advance": True,
                    "charges": [
                        {
                            "metric": "m",
                            "aggregation": "sum",
                            "model": "package",
                            "package_size": "10",
                            "unit_amount": "2",
                        }
                    ],
                }
            ]
        },
        "customer": {"timezone": "America/Denver"},
        "steps": [
            {"at": "2026-01-16T05:00:00Z", "do": "subscribe", "plan": "p", "alignment": "calendar"},
            {"at": "2026-01-17T05:00:00Z", "do": "send_event", "metric": "m", "value": "11"},
            {"at": "2026-01-19T08:00:00Z", "do": "bill"},
        ],
        "expect": [
            {"at": "2026-01-16T05:00:00Z", "invoices": [{"total": "8", "lines": [{"label": "p"}]}]},
            {
                "at": "2026-01-19T08:00:00Z",
                "invoices": [
                    {
                        "total": "18",
                        "lines": [
                            {"label": "subscription", "amount": "14", "period_start": "2026-01-19"},
                            {"label": "m", "amount": "4", "period_end": "2026-01-19"},
                        ],
                    }
                ],
            },
        ],
        "policies": {"alignment": "calendar", "week_start": "monday", "proration_unit": "day"},
        "needs": ["usage", "proration", "timezone"],
    }
    return {**case, **overrides}


def named(content: dict[str, Any]) -> NamedCase:
    return NamedCase("a case", Path(), content)


@pytest.mark.slow
@pytest.mark.real_commits
def test_documented_scenarios_and_cases_pass(quick_template: None) -> None:
    cases = documented_cases()

    assert len(cases) >= 25
    assert {case.name: outcome for case, outcome in zip(cases, outcomes(cases), strict=True)} == {
        case.name: Outcome("passed") for case in cases
    }


@pytest.mark.real_commits
def test_shuffled_ids_and_sources_change_no_result(quick_template: None) -> None:
    wrong_amount = {**neutral_timeline()["expect"][0], "invoices": [{"total": "9"}]}
    declined = {
        "kind": "next_boundary", "interval": "year", "anchor": "2026-01-01", "at": "2026-02-01",
        "policies": {"next_boundary": "anchor_date_in_year_plus_count"},
    }  # fmt: skip
    cases = [
        *documented_cases("cases"),
        named(neutral_timeline()),
        named(neutral_timeline(expect=[wrong_amount])),
        named(declined),
    ]
    before = outcomes(cases)

    chance = random.Random(20)
    prose = [{name: case.content.get(name, f"made up {name}") for name in PROSE} for case in cases]
    for name in PROSE:
        values = [entry[name] for entry in prose]
        chance.shuffle(values)
        for entry, value in zip(prose, values, strict=True):
            entry[name] = value
    shuffled = [
        replace(case, name="x", content={**deepcopy(case.content), **entry})
        for case, entry in zip(cases, prose, strict=True)
    ]
    order = list(range(len(cases)))
    chance.shuffle(order)
    after = dict(zip(order, outcomes([shuffled[place] for place in order]), strict=True))

    assert [after[place] for place in range(len(cases))] == before
    assert [outcome.status for outcome in before[-3:]] == ["passed", "failed", "declined"]


@pytest.mark.real_commits
def test_run_leaves_the_installation_alone(quick_template: None) -> None:
    make_brand(code="scenario")
    reached: list[str] = []

    def look(case: NamedCase, outcome: Outcome) -> None:
        reached.append(settings.STRIPE_API_BASE)
        assert outcome == Outcome("passed")

    outside = settings.STRIPE_API_BASE
    run_cases(cases=[named(neutral_timeline())], now=NOW, on_outcome=look)

    assert reached == [NOWHERE]
    assert outside == settings.STRIPE_API_BASE
    assert list(Brand.objects.values_list("code", flat=True)) == ["scenario"]


@pytest.mark.parametrize(
    ("content", "differences"),
    [
        ({"kind": "dance", "currency": "EUR", "expected": [], "policies": {}},
         ["kind 'dance' is not built yet"]),
        ({"kind": "dance", "input": {}, "expected": {}, "policies": {}},
         ["kind 'dance' is not built yet"]),
        ({"question": 1, "answer": 42}, ["no schema has the fields answer, question"]),
        ({"model": "flat", "params": {}, "policies": 3},
         ["malformed value: 'int' object has no attribute 'items'"]),
        (neutral_timeline(catalog={"plans": [{"amount": "1", "vat_class": "A"}], "vouchers": []}),
         ["catalog field 'vouchers' is not built yet",
          "catalog.plans[] field 'vat_class' is not built yet"]),
        (neutral_timeline(needs=["lottery"], steps=[{"at": "2026-01-16", "do": "apply_voucher"}]),
         ["part 'lottery' is not built yet", "steps[1]: step 'apply_voucher' is not built yet"]),
    ],
)  # fmt: skip
def test_case_that_needs_what_is_not_built_fails_and_names_it(
    content: dict[str, Any], differences: list[str]
) -> None:
    assert outcomes([named(content)]) == [Outcome("failed", differences)]
