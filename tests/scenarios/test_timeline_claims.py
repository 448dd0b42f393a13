from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from apps.scenarios.cases.outcome import Outcome
from apps.scenarios.timeline.run import read_case, run_story
from apps.scenarios.timeline.story import Story

NOW = datetime(2026, 11, 1, tzinfo=UTC)
CHARGE = {"metric": "calls", "aggregation": "sum", "model": "per_unit", "unit_amount": "1"}
PLAN = {
    "code": "p",
    "interval": "month",
    "amount": "31",
    "pay_in_advance": False,
    "charges": [CHARGE],
}
SUBSCRIBE = {
    "at": "2026-01-01T00:00:00Z",
    "do": "subscribe",
    "plan": "p",
    "subscription": "s",
    "alignment": "calendar",
}


def play(steps: list[dict[str, Any]], expect: list[dict[str, Any]], **plan: Any) -> Outcome:
    case = {
        "currency": "EUR",
        "catalog": {"plans": [{**PLAN, **plan}]},
        "customer": {"timezone": "UTC"},
        "steps": steps,
        "expect": expect,
    }
    story = read_case(case, folder=Path())
    assert isinstance(story, Story), story.differences
    return run_story(story, now=NOW)


@pytest.mark.real_commits
def test_days_that_a_case_does_not_list_are_not_looked_at() -> None:
    line = {"label": "whatever", "amount": "31", "period_start": "2026-02-01", "period_end": "2026-03-01"}

    outcome = play([SUBSCRIBE], [{"at": "2026-03-01T00:05:00Z", "invoices": [{"lines": [line]}]}])

    assert outcome == Outcome("passed")


@pytest.mark.real_commits
def test_day_with_no_documents_listed_must_have_none() -> None:
    outcome = play([SUBSCRIBE], [{"at": "2026-02-01T00:05:00Z"}])

    assert outcome.differences == ["expect[1] 2026-02-01: an invoice of EUR 31 ('p' of 31) was not expected"]


@pytest.mark.real_commits
def test_bill_some_days_late_is_about_what_was_due_last() -> None:
    bill = {"at": "2026-03-04T10:00:00Z", "do": "bill"}
    expect = [{"at": bill["at"], "invoices": [{"total": "31"}]}]

    outcome = play([SUBSCRIBE, bill], expect)

    assert outcome == Outcome("passed")


@pytest.mark.real_commits
def test_documents_and_lines_of_nothing_are_free() -> None:
    expect = [
        {"at": "2026-01-01T00:00:00Z", "invoices": [{"kind": "termination", "total": "0", "lines": []}]},
        {
            "at": "2026-02-01T00:00:00Z",
            "invoices": [{"lines": [{"label": "fee", "amount": "31"}, {"label": "calls", "amount": "0"}]}],
        },
    ]

    outcome = play([SUBSCRIBE], expect)

    assert outcome == Outcome("passed")


@pytest.mark.real_commits
def test_lines_find_each_other_by_amount_whatever_they_are_called() -> None:
    event = {"at": "2026-01-10T00:00:00Z", "do": "send_event", "metric": "calls", "value": "7"}
    lines = [{"label": "one", "amount": "7", "units": "7"}, {"label": "two", "amount": "30"}]

    outcome = play([SUBSCRIBE, event], [{"at": "2026-02-01T00:00:00Z", "invoices": [{"lines": lines}]}])

    assert outcome.differences == [
        "expect[1] 2026-02-01: invoice 1: line 'two': amount: expected 30, found 31"
    ]


@pytest.mark.real_commits
def test_what_an_earlier_act_of_the_day_brought_is_that_acts() -> None:
    terminate = {"at": "2026-01-01T18:00:00Z", "do": "terminate", "subscription": "s"}
    event = {"at": "2026-01-01T10:00:00Z", "do": "send_event", "metric": "calls", "value": "12"}
    usage = {"label": "usage", "amount": "12"}

    outcome = play(
        [SUBSCRIBE, event, terminate],
        [{"at": terminate["at"], "invoices": [{"lines": [usage]}]}],
        pay_in_advance=True,
    )

    assert outcome == Outcome("passed")


@pytest.mark.real_commits
def test_credit_notes_and_balances_are_compared() -> None:
    steps = [SUBSCRIBE, {"at": "2026-02-02T00:00:00Z", "do": "adjust_item", "amount": "10"}]
    note = {"item": "10", "tax": "0", "total": "10", "refund": "0", "credit": "9"}
    expect = [{"at": "2026-02-02T00:00:00Z", "credit_notes": [note, {"total": "1"}], "credit_balance": "11"}]

    outcome = play(steps, expect)

    assert outcome.differences == [
        f"expect[1] 2026-02-02: {told}"
        for told in (
            "credit note 1: balance: expected 9, found 10",
            "credit note 2 of 1 was not issued",
            "balance: expected 11, found 10",
        )
    ]


@pytest.mark.real_commits
def test_credit_pays_open_invoices_first_where_the_policy_says_so() -> None:
    steps = [SUBSCRIBE, {"at": "2026-02-02T00:00:00Z", "do": "add_credit", "amount": "40"}]
    fee = {"label": "fee", "amount": "31"}
    used = {"label": "credit used", "amount": "-9", "type": "credit_balance"}
    expect = [
        {"at": "2026-02-02T00:00:00Z", "account_balance": "-9"},
        {"at": "2026-03-01T00:00:00Z", "invoices": [{"total": "22", "lines": [fee, used]}]},
    ]
    case = {
        "currency": "EUR",
        "catalog": {"plans": [PLAN]},
        "policies": {"account_credit_use": "open_invoices_then_new"},
        "steps": steps,
        "expect": expect,
    }
    story = read_case(case, folder=Path())
    assert isinstance(story, Story), story.differences

    assert run_story(story, now=NOW) == Outcome("passed")
