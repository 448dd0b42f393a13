from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from apps.scenarios.cases.outcome import Outcome
from apps.scenarios.timeline.run import read_case, run_story
from apps.scenarios.timeline.story import Story
from tests.fixtures.gateway import GatewaySandbox

NOW = datetime(2026, 11, 1, tzinfo=UTC)
CATALOG: dict[str, Any] = {
    "products": [{"code": "relay", "name": "Relay"}],
    "meters": [
        {"code": "calls", "name": "Calls", "event": "call", "aggregation": "sum", "property": "count"}
    ],
    "plans": [
        {
            "code": "pro",
            "product": "relay",
            "name": "Pro",
            "prices": [
                {"code": "base", "name": "Pro", "amounts": {"EUR": "30.00"}},
                {"code": "calls", "name": "Calls", "quantity": "meter:calls", "amounts": {"EUR": "0.01"}},
            ],
        },
        {
            "code": "pro-calendar",
            "product": "relay",
            "name": "Pro by calendar",
            "alignment": "calendar",
            "prices": [{"code": "base", "name": "Pro by calendar", "amounts": {"EUR": "31.00"}}],
        },
    ],
}
SUBSCRIBE = {"at": "2026-01-31", "do": "subscribe", "plan": "pro"}
FIRST = {"at": "2026-01-31", "invoices": [{"total": "30"}]}


def play(steps: list[dict[str, Any]], expect: list[dict[str, Any]], **overrides: Any) -> Outcome:
    case = {"title": "A test", "catalog": CATALOG, "steps": steps, "expect": expect, **overrides}
    story = read_case(case, folder=Path())
    assert isinstance(story, Story), story.differences
    return run_story(story, now=NOW)


@pytest.mark.real_commits
def test_first_part_of_a_calendar_period_is_prorated() -> None:
    steps = [{"at": "2026-01-22", "do": "subscribe", "plan": "pro-calendar"}]
    line = {"label": "subscription", "amount": "10", "period_start": "2026-01-22", "period_end": "2026-02-01"}

    outcome = play(steps, [{"at": "2026-01-22", "invoices": [{"total": "10", "lines": [line]}]}])

    assert outcome == Outcome("passed")


@pytest.mark.real_commits
def test_each_difference_is_told_with_its_place() -> None:
    line = {"label": "base", "amount": "29", "period_start": "2026-02-28", "period_end": "2026-03-28"}
    expect = [
        FIRST,
        {
            "at": "2026-02-28",
            "invoices": [
                {"status": "paid", "total": "29", "lines": [line, {"label": "calls", "amount": "1"}]}
            ],
            "mails": ["invoice", "receipt"],
            "subscription": {"status": "past_due", "quantity": 2},
            "owed": "1.00",
            "access": "suspended",
        },
    ]

    outcome = play([SUBSCRIBE], expect)

    assert outcome.differences == [
        f"expect[2] 2026-02-28: {told}"
        for told in (
            "invoice 1: total: expected 29, found 30",
            "invoice 1: status: expected paid, found open",
            "invoice 1: line 'base': amount: expected 29, found 30",
            "invoice 1: line 'base': period_end: expected 2026-03-28, found 2026-03-31",
            "invoice 1: line 'calls' of 1 is missing",
            "mails: expected ['invoice', 'receipt'], found ['invoice', 'invoice']",
            "owed: expected 1, found 60",
            "access: expected suspended, found full",
            "subscription status: expected past_due, found active",
            "subscription quantity: expected 2, found 1",
        )
    ]


@pytest.mark.real_commits
def test_invoices_that_nobody_expects_and_those_that_do_not_come_are_told() -> None:
    steps = [SUBSCRIBE, {"at": "2026-05-01", "do": "advance"}]
    expect = [
        {"at": "2026-01-31", "invoices": [{"total": "30"}, {"total": "12"}]},
        {"at": "2026-02-28"},
        {"at": "2026-03-31", "invoices": [{"total": "30", "lines": []}]},
    ]

    outcome = play(steps, expect)

    assert outcome.differences == [
        "expect[1] 2026-01-31: invoice 2 of 12 was not issued",
        "expect[2] 2026-02-28: an invoice of EUR 30 ('Pro' of 30) was not expected",
        "expect[3] 2026-03-31: invoice 1: line 'Pro' of 30 was not expected",
        "after the last expectation: an invoice of EUR 30 ('Pro' of 30) was not expected",
    ]


@pytest.mark.real_commits
def test_usage_of_a_cut_period_is_billed_when_the_subscription_is_canceled() -> None:
    events = [
        {"event": "call", "timestamp": "2026-02-01", "properties": {"count": "150"}},
        {"event": "call", "timestamp": "2026-02-10", "properties": {"count": "50"}},
    ]
    steps = [
        SUBSCRIBE,
        {"at": "2026-02-10", "do": "send_events", "events": events},
        {"at": "2026-02-11", "do": "cancel", "when": "now", "reason": "unused"},
    ]
    line = {"label": "calls", "quantity": "200", "amount": "2", "period_end": "2026-02-11"}

    outcome = play(
        steps,
        [
            FIRST,
            {"at": "2026-02-11", "invoices": [{"total": "2", "lines": [line]}], "subscription": "canceled"},
            {"at": "2026-06-01", "owed": "32"},
        ],
    )

    assert outcome == Outcome("passed")


@pytest.mark.real_commits
def test_refusals_are_failures_unless_they_are_expected() -> None:
    steps = [
        SUBSCRIBE,
        {"at": "2026-02-01", "do": "undo"},
        {"at": "2026-02-01", "do": "undo", "refused": "change_not_pending"},
        {"at": "2026-02-01", "do": "cancel", "when": "period_end", "refused": "change_not_pending"},
        {"at": "2026-02-02", "do": "cancel", "subscription": "other"},
        {"at": "2026-02-02", "do": "cancel", "when": "never"},
        {"at": "2026-02-02", "do": "send_event", "event": "call", "properties": {"count": "1"}, "id": ""},
        {"at": "2026-02-02", "do": "void_event", "id": "unknown"},
        {"at": "2026-02-02", "do": "subscribe", "plan": "pro", "add_on_to": "other"},
    ]

    outcome = play(steps, [FIRST, {"at": "2026-02-02", "subscription": {"pending": "cancel"}}])

    assert outcome.differences == [
        "steps[2] undo: refused: change_not_pending: Nothing is scheduled for this subscription.",
        "steps[4] cancel: expected the refusal 'change_not_pending', but it was done",
        "steps[5] cancel: there is no subscription 'other'",
        "steps[6] cancel: refused: invalid_input: `when` is now or period_end, not 'never'.",
        "steps[7] send_event: refused: invalid_input: event '': id has 1 to 255 characters, "
        "none of them NUL.",
        "steps[8] void_event: refused: event_not_found: There is no event with this source and id.",
        "steps[9] subscribe: there is no subscription 'other'",
    ]


@pytest.mark.real_commits
def test_catalog_that_is_refused_tells_every_fault() -> None:
    case = {
        "catalog": {"products": [{"code": "relay", "nmae": "Relay"}]},
        "steps": [SUBSCRIBE],
        "expect": [FIRST],
    }
    story = read_case(case, folder=Path())
    assert isinstance(story, Story)

    outcome = run_story(story, now=NOW)

    assert outcome.status == "failed"
    assert any("nmae" in difference for difference in outcome.differences)


@pytest.mark.real_commits
def test_card_that_cannot_be_saved_and_behaviour_that_no_card_has_are_told(gateway: GatewaySandbox) -> None:
    steps = [
        {"at": "2026-01-31", "do": "card_behaviour", "behaviour": "ok"},
        {"at": "2026-01-31", "do": "card", "card": "pm_card_chargeDeclined"},
        {"at": "2026-01-31", "do": "card", "behaviour": "generous"},
        {"at": "2026-01-31", "do": "subscribe", "plan": "pro", "collection": "send_invoice"},
        {"at": "2026-02-01", "do": "pay"},
    ]

    outcome = play(steps, [FIRST, {"at": "2026-02-01", "payments": ["succeeded"], "owed": "0"}])

    assert [difference.partition(": ")[0] for difference in outcome.differences] == [
        "steps[1] card_behaviour",
        "steps[2] card",
        "steps[3] card",
    ]
    assert outcome.differences[0].endswith("there is no card")
    assert "declined" in outcome.differences[1]
    assert "generous" in outcome.differences[2]


@pytest.mark.real_commits
def test_unused_rest_goes_where_a_step_says_and_days_are_those_of_the_customer() -> None:
    zone = {"customer": {"time_zone": "Asia/Tokyo"}}
    steps = [
        {"at": "2026-06-01", "do": "subscribe", "plan": "pro"},
        {"at": "2026-06-16", "do": "cancel", "unused": "credit_note"},
    ]
    expect = [
        {"at": "2026-06-01", "invoices": [{"total": "30"}]},
        {"at": "2026-06-16", "credit_notes": [{"total": "15"}], "owed": "16"},
    ]

    outcome = play(steps, expect, **zone)

    assert outcome.differences == ["expect[2] 2026-06-16: owed: expected 16, found 15"]
