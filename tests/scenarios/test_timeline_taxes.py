"""Stories with tax, coupons, wallets and drafts: what they lay down, and what is told when it differs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from apps.scenarios.cases.outcome import Outcome
from apps.scenarios.timeline.run import read_case, run_story
from apps.scenarios.timeline.story import Story

NOW = datetime(2026, 11, 1, tzinfo=UTC)
CATALOG: dict[str, Any] = {
    "products": [{"code": "relay", "name": "Relay"}],
    "meters": [{"code": "calls", "name": "Calls", "event": "call", "aggregation": "count"}],
    "plans": [
        {
            "code": "pro",
            "product": "relay",
            "name": "Pro",
            "prices": [
                {"code": "base", "name": "Pro", "amounts": {"EUR": "30.00"}},
                {"code": "calls", "name": "Calls", "quantity": "meter:calls", "amounts": {"EUR": "1.00"}},
            ],
        }
    ],
}
TAX = {
    "registrations": [{"country": "DE", "number": "DE123456788"}],
    "rates": [{"country": "DE", "percent": "10"}],
}
COUPON = {"code": "TEN", "name": "Ten percent", "percent": "10", "duration": "forever"}
REDEEM = {"at": "2026-01-01", "do": "redeem", "code": "ten"}
SUBSCRIBE = {"at": "2026-01-01", "do": "subscribe", "plan": "pro"}


def play(steps: list[dict[str, Any]], expect: list[dict[str, Any]], **overrides: Any) -> Outcome:
    case = {"title": "A test", "catalog": CATALOG, "steps": steps, "expect": expect, **overrides}
    story = read_case(case, folder=Path())
    assert isinstance(story, Story), story.differences
    return run_story(story, now=NOW)


@pytest.mark.real_commits
def test_each_difference_of_discounts_and_taxes_is_told() -> None:
    invoice = {
        "discounts": [{"name": "Ten percent", "amount": "4"}, {"name": "Five"}],
        "taxes": [{"jurisdiction": "DE", "percent": "11", "taxable": "26", "tax": "2.70"}],
        "lines": [
            {"label": "base", "discount": "4", "tax": "2", "tax_alone": "1", "tax_percent": "11"}
            | {"exact_discount": "3.0000002"}
        ],
        "prepaid_applied": "1",
    }

    outcome = play(
        [REDEEM, SUBSCRIBE], [{"at": "2026-01-01", "invoices": [invoice]}], tax=TAX, coupons=[COUPON]
    )

    assert outcome.differences == [
        f"expect[1] 2026-01-01: invoice 1: {told}"
        for told in (
            "prepaid_applied: expected 1, found 0",
            "discount 'Ten percent': amount: expected 4, found 3",
            "discount 'Five' is missing",
            "tax '11': percent: expected 11, found 10",
            "tax '11': taxable: expected 26, found 27",
            "line 'base': tax_percent: expected 11, found 10",
            "line 'base': exact_discount: expected 3.0000002, found 3",
            "line 'base': discount: expected 4, found 3",
            "line 'base': tax: expected 2, found 2.7",
            "line 'base': tax_alone: expected 1, found 2.7",
        )
    ]


@pytest.mark.real_commits
def test_draft_is_seen_as_a_draft_and_again_when_it_is_issued() -> None:
    steps = [
        {"at": "2026-01-01", "do": "grant", "amount": "40"},
        SUBSCRIBE,
        {"at": "2026-01-02", "do": "send_event", "event": "call"},
        {"at": "2026-02-02", "do": "finalize"},
    ]
    usage = {"subtotal": "31", "total": "31"}
    expect = [
        {"at": "2026-01-01", "invoices": [{"prepaid_applied": "30"}], "drafts": [], "wallet_balance": "10"},
        {"at": "2026-01-03", "wallet_balance": "10", "wallet_ongoing_balance": "9"},
        {"at": "2026-02-01", "drafts": [usage], "wallet_balance": "10", "wallet_ongoing_balance": "-21"},
        {
            "at": "2026-02-02",
            "invoices": [usage | {"status": "open", "prepaid_applied": "10", "payable": "21"}],
            "drafts": [],
            "wallet_balance": "0",
        },
    ]

    outcome = play(steps, expect, customer={"currency": "EUR", "invoice_grace_hours": 72})

    assert outcome == Outcome("passed")


@pytest.mark.real_commits
@pytest.mark.parametrize(
    ("overrides", "difference"),
    [
        ({"brand": {"tax_rounding": "twice"}}, "'twice' is not a valid TaxRoundingName"),
        ({"tax": {"registrations": [{"country": "US"}]}}, "US does not have VAT."),
        ({"coupons": [COUPON | {"plans": ["max"]}]}, "plan 'max'"),
        ({"steps": [SUBSCRIBE, REDEEM]}, "refused: promotion_code_not_found"),
        (
            {"steps": [{"at": "2026-01-01", "do": "grant", "amount": "1", "meters": ["none"]}]},
            "there is no meter 'none'",
        ),
    ],
)
def test_what_cannot_be_laid_down_is_told(overrides: dict[str, Any], difference: str) -> None:
    steps = overrides.pop("steps", [SUBSCRIBE])

    outcome = play(steps, [{"at": "2026-01-01", "invoices": [{"total": "30"}]}], **overrides)

    assert difference in outcome.differences[0]
