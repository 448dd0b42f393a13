from __future__ import annotations

from typing import Any

import pytest

from apps.scenarios.cases.outcome import Outcome
from apps.scenarios.cases.proration import run_case

DAYS = {
    "proration_unit": "day",
    "proration_rounding": "amount",
    "amount_rounding": "half_up",
    "denominator": "full_period",
    "period_end": "exclusive",
}
MARCH = {"period_start": "2027-03-01", "period_end": "2027-04-01"}


def make_case(**overrides: Any) -> dict[str, Any]:
    case: dict[str, Any] = {
        "id": "part-1",
        "kind": "amount",
        "currency": "EUR",
        "amounts": {"price": "31"},
        "dates": {"start": "2027-03-11", "end": "2027-04-01", **MARCH},
        "expected": {"amount": "21"},
        "policies": DAYS,
    }
    return {**case, **overrides}


def make_change(**overrides: Any) -> dict[str, Any]:
    change: dict[str, Any] = {
        "kind": "plan_change",
        "amounts": {"old": "31", "new": "62"},
        "dates": {**MARCH, "change": "2027-03-11"},
        "expected": {"credit": "21", "charge": "42"},
    }
    return make_case(**{**change, **overrides})


def make_termination(**overrides: Any) -> dict[str, Any]:
    termination: dict[str, Any] = {
        "kind": "termination_credit",
        "amounts": {"plan": "31", "fee": "31", "tax_rate_percent": "10"},
        "dates": {**MARCH, "started": "2027-01-01", "terminated": "2027-03-11"},
        "expected": {"item": "20", "tax": "2", "total": "22", "credit": "22"},
        "policies": {**DAYS, "termination_day": "used", "termination_credit": "credit_note"},
    }
    return make_case(**{**termination, **overrides})


@pytest.mark.parametrize(
    "case",
    [
        make_case(),
        make_case(dates={"start": "2027-04-01", "end": "2027-04-01", **MARCH}, expected={"amount": "0"}),
        make_change(),
        make_change(policies={**DAYS, "change_day": "old_plan"}, expected={"credit": "20", "charge": "40"}),
        make_change(
            policies={**DAYS, "change_timing": "period_end"}, expected={"credit": "0", "charge": "0"}
        ),
        make_change(new_period_full_charge=True, expected={"credit": "21", "charge": "62", "net": "41"}),
        make_change(
            kind="plan_change_discount",
            old_discount={"type": "percent", "percent": "50"},
            new_discount={"type": "fixed", "amount": "31"},
            expected={"credit": "10.5", "charge": "21"},
        ),
        make_change(
            dates={
                "period_start": "2027-03-01",
                "period_end_inclusive": "2027-03-31",
                "change": "2027-03-11",
            },
            policies={**DAYS, "period_end": "inclusive"},
        ),
        make_change(
            kind="seat_change",
            amounts={"per_seat": "0.1"},
            seats={"old": 3, "new": 1},
            policies={**DAYS, "amount_rounding": "truncate"},
            expected={"charge": "-0.13"},
        ),
        make_termination(),
        make_termination(policies={**DAYS, "termination_day": "unused"}, expected={"item": "21"}),
        make_termination(policies={**DAYS, "change_day": "new_plan"}, expected={"item": "21"}),
        make_termination(
            policies={**DAYS, "termination_credit": "none"}, expected={"item": "0", "credit": "0"}
        ),
        make_termination(
            dates={**MARCH, "started": "2027-03-01", "terminated": "2027-03-11", "trial_days": 14},
            expected={"item": "17"},
        ),
        make_termination(
            dates={
                **{**MARCH, "started": "2027-01-01", "terminated": "2027-03-10"},
                **{"terminated_at": "2027-03-11T03:00:00Z", "timezone": "America/Denver"},
            },
            expected={"item": "21"},
        ),
    ],
)
def test_case_that_agrees_passes(case: dict[str, Any]) -> None:
    assert run_case(case) == Outcome("passed")


def test_changed_lines_are_compared_one_by_one() -> None:
    changes = [
        {"label": "base", "op": "remove", "amount": "31"},
        {"label": "setup", "op": "one_time", "amount": "9.99"},
    ]
    lines = [{"label": "base", "amount": "-21"}, {"label": "setup", "amount": "10"}]
    case = make_change(changes=changes, expected={"lines": lines, "net": "-11.01"})

    assert run_case(case) == Outcome("failed", ["setup: expected 10, got 9.99"])


@pytest.mark.parametrize(
    ("overrides", "difference"),
    [
        ({"expected": {"amount": "20.99"}}, "amount: expected 20.99, got 21"),
        ({"expected": {"credit": "21"}}, "expected 'credit' is not built yet"),
        ({"kind": "upgrade"}, "kind 'upgrade' is not built yet"),
        ({"nominal_days": 30}, "field 'nominal_days' is not built yet"),
        ({"dates": {"start": "2027-03-11", "until": "2027-04-01"}}, "date 'until' is not built yet"),
        ({"policies": {**DAYS, "proration_unit": "week"}}, "policy 'proration_unit' has no value 'week' yet"),
        (
            {"dates": {"start": "2027-03-11", "end": "2027-04-01"}},
            "refused: whole_period_missing: a share needs the whole period that it is of",
        ),
    ],
)
def test_case_that_differs_or_is_not_understood_fails_by_name(
    overrides: dict[str, Any], difference: str
) -> None:
    assert run_case(make_case(**overrides)) == Outcome("failed", [difference])
