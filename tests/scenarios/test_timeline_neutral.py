from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from apps.plans.enums import LateUsage, UsageProration
from apps.scenarios.errors import NotBuilt
from apps.scenarios.timeline.neutral.case import is_neutral, translated

SUBSCRIBE = {"at": "2026-01-01", "do": "subscribe", "plan": "p", "subscription": "s"}
PLAN = {"code": "p", "interval": "month", "amount": "31", "pay_in_advance": False}


def neutral(**overrides: Any) -> dict[str, Any]:
    case: dict[str, Any] = {
        "currency": "EUR",
        "catalog": {"plans": [PLAN]},
        "customer": {"timezone": "UTC"},
        "steps": [SUBSCRIBE],
        "expect": [{"at": "2026-01-01"}],
    }
    return {**case, **overrides}


def said_of(step: dict[str, Any], **overrides: Any) -> list[dict[str, Any]]:
    case = neutral(steps=[SUBSCRIBE, {"at": "2026-01-02", **step}], **overrides)
    return [
        {name: value for name, value in said.items() if name != "at"}
        for said in translated(case).case["steps"][1:]
    ]


def test_neutral_is_told_by_the_amounts_of_plans() -> None:
    assert is_neutral(neutral())
    assert not is_neutral({"catalog": "ours.yaml"})
    assert not is_neutral({"catalog": {"plans": [{"code": "p", "prices": []}]}})


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"do": "bill"}, [{"do": "advance"}]),
        ({"do": "terminate"}, [{"do": "cancel", "when": "now"}]),
        ({"do": "cancel", "policy": "end_of_term"}, [{"do": "cancel", "when": "period_end"}]),
        (
            {"do": "change_plan", "plan": "q", "policy": "immediate"},
            [{"do": "change_plan", "plan": "q", "when": "now"}],
        ),
        (
            {"do": "update_quantity", "quantity": 10, "effective": "2026-02-01"},
            [{"do": "change_quantity", "quantity": 10, "when": "2026-02-01"}],
        ),
        (
            {"do": "send_event", "subscription": "s", "metric": "m", "value": "5", "count": 2},
            [{"do": "send_event", "event": "m", "properties": {"value": "5"}}] * 2,
        ),
        (
            {"do": "adjust_item", "amount": "10"},
            [{"do": "credit_note", "items": [{"amount": "10"}], "to": "balance"}],
        ),
        (
            {"do": "credit_note", "items": [{"fee": "p", "amount": "4"}]},
            [{"do": "credit_note", "items": [{"of": "p", "amount": "4"}], "to": "balance"}],
        ),
        ({"do": "uncancel"}, [{"do": "undo"}]),
        ({"do": "mark_paid"}, [{"do": "card"}, {"do": "pay"}]),
        ({"do": "apply_coupon", "coupon": "c"}, [{"do": "redeem", "code": "c"}]),
        (
            {"do": "create_wallet", "granted": "10", "paid": "4", "rate": "0.5", "metrics": ["m"]},
            [
                {"do": "grant", "amount": "2", "meters": ["m"]},
                {"do": "grant", "amount": "5", "meters": ["m"]},
            ],
        ),
        ({"do": "finalize_all"}, [{"do": "finalize"}]),
    ],
)
def test_step_is_said_in_our_words(step: dict[str, Any], said: list[dict[str, Any]]) -> None:
    assert said_of(step) == said


def test_refund_of_what_nobody_is_told_to_have_paid_comes_from_a_card() -> None:
    note = {"at": "2026-01-02", "do": "credit_note", "items": [{"fee": "p", "amount": "4"}], "refund": "4"}
    paid = {"at": "2026-01-02", "do": "mark_paid"}

    untold, told = (
        translated(neutral(steps=[SUBSCRIBE, *steps])).case["steps"] for steps in ([note], [paid, note])
    )

    assert [step["do"] for step in untold] == ["card", "subscribe", "credit_note"]
    assert "collection" not in untold[1]
    assert [step["do"] for step in told] == ["subscribe", "card", "pay", "credit_note"]
    assert told[0]["collection"] == "send_invoice"


@pytest.mark.parametrize(
    ("ended_at", "sent_at"),
    [
        ("2026-01-05T08:00:00Z", "2026-01-05T07:59:59.999000+00:00"),
        ("2026-01-05T00:00:00Z", None),
        ("2026-01-06T08:00:00Z", None),
    ],
)
def test_event_at_the_instant_of_an_end_came_just_before_it(ended_at: str, sent_at: str | None) -> None:
    event = {"at": min(ended_at, "2026-01-05T08:00:00Z"), "do": "send_event", "metric": "m", "value": "1"}
    end = {"at": ended_at, "do": "terminate", "subscription": "s"}

    said = translated(neutral(catalog={"plans": [CHARGED]}, steps=[SUBSCRIBE, event, end])).case["steps"][1]

    assert said.get("timestamp") == sent_at


def test_policy_about_the_timing_of_every_change_comes_before_what_a_step_says() -> None:
    step = {"do": "change_plan", "plan": "q", "policy": "end_of_term"}

    said = said_of(step, policies={"change_timing": "now"})

    assert said == [{"do": "change_plan", "plan": "q"}]


def test_credit_pays_open_invoices_first_only_where_the_policy_says_so() -> None:
    step = {"do": "add_credit", "amount": "300"}

    plainly = said_of(step)
    by_policy = said_of(step, policies={"account_credit_use": "open_invoices_then_new"})

    assert [plainly[0]["pays_open"], by_policy[0]["pays_open"]] == [False, True]


CHARGED = {
    **PLAN,
    "charges": [{"metric": "m", "aggregation": "sum", "model": "per_unit", "unit_amount": "1"}],
}
SECOND = {**SUBSCRIBE, "at": "2026-01-05", "subscription": "t"}
EVENT = {"at": "2026-01-06", "do": "send_event", "metric": "m", "subscription": "t", "value": "1"}


def test_metric_that_two_subscriptions_are_billed_by_is_not_built() -> None:
    case = neutral(catalog={"plans": [CHARGED]}, steps=[SUBSCRIBE, SECOND, EVENT])

    with pytest.raises(NotBuilt, match="metric 'm' of two subscriptions"):
        translated(case)


def test_metric_of_two_subscriptions_one_after_the_other_is_no_trouble() -> None:
    ended = {"at": "2026-01-04", "do": "terminate", "subscription": "s"}
    case = neutral(catalog={"plans": [CHARGED]}, steps=[SUBSCRIBE, ended, SECOND, EVENT])

    assert len(translated(case).case["steps"]) == 4


def test_alignment_says_where_the_first_period_ends() -> None:
    policies = {"alignment": "calendar", "first_period_ends": "next_anchor_day"}

    with pytest.raises(NotBuilt, match="alignment 'calendar' with first_period_ends"):
        translated(neutral(policies=policies))


@pytest.mark.parametrize(
    ("thresholds", "recurring"),
    [
        ([{"amount": "200"}, {"amount": "500"}], [False, True]),
        ([{"amount": "200", "recurring": True}, {"amount": "500"}], [True, False]),
    ],
)
def test_policy_of_thresholds_means_the_last_unless_one_says_so_itself(
    thresholds: list[dict[str, Any]], recurring: list[bool]
) -> None:
    plan = {**PLAN, "usage_thresholds": thresholds}
    policies = {"threshold_recurring": "each_multiple_one_invoice"}

    rules = translated(neutral(catalog={"plans": [plan]}, policies=policies)).rules

    assert [recurs for _, recurs in rules.plans["p"].thresholds] == recurring


def test_plan_with_phases_becomes_a_plan_for_each_and_a_schedule() -> None:
    plan = {**PLAN, "trial_days": 30, "phases": [{"months": 1, "amount": "9"}, {"years": 2, "amount": "20"}]}

    case = translated(neutral(catalog={"plans": [plan]})).case

    amounts = {plan["code"]: plan["prices"][0]["amounts"]["EUR"] for plan in case["catalog"]["plans"]}
    assert amounts == {"p-phase-1": "9", "p-phase-2": "20", "p": "31"}
    assert case["steps"][0]["plan"] == "p-phase-1"
    assert case["steps"][0]["then"] == [
        {"after": {"months": 1}, "plan": "p-phase-2"},
        {"after": {"years": 2}, "plan": "p"},
    ]


def test_rules_of_plans_and_meters_follow_from_policies_and_charges() -> None:
    charge = {
        "metric": "seats",
        "aggregation": "sum",
        "model": "per_unit",
        "unit_amount": "3",
        "recurring": True,
        "prorated": True,
    }
    plan = {
        **PLAN,
        "minimum_commitment": "100",
        "usage_thresholds": [{"amount": "200"}, {"amount": "50.5", "recurring": True}],
        "charges": [charge],
    }
    policies = {
        "alignment": "calendar",
        "termination_day": "used",
        "change_timing": "now",
        "late_usage": "next_invoice",
        "late_usage_limit": "two_periods_back",
    }

    rules = translated(neutral(catalog={"plans": [plan]}, policies=policies)).rules

    assert rules.plans["p"].policies == {
        "termination_day": "used",
        "upgrade_timing": "now",
        "downgrade_timing": "now",
    }
    assert rules.plans["p"].commitment == Decimal(100)
    assert rules.plans["p"].thresholds == ((Decimal(200), False), (Decimal("50.5"), True))
    assert rules.plans["p"].prices == {"seats": {"usage_proration": UsageProration.ACTIVE_DAYS}}
    assert rules.meters == {
        "seats": {"carries_over": True, "late_usage": LateUsage.NEXT_INVOICE, "late_usage_periods": 2}
    }


def test_fixed_charge_is_a_fee_of_its_units() -> None:
    fixed = {"add_on": "a_0", "units": "10", "unit_amount": "1.50", "prorated": False, "pay_in_advance": True}
    plan = {**PLAN, "fixed_charges": [fixed]}

    translation = translated(neutral(catalog={"plans": [plan]}))

    assert translation.rules.plans["p"].prices == {"a-0": {"prorated": False}}
    assert translation.case["catalog"]["plans"][0]["prices"][1] == {
        "code": "a-0", "name": "a_0", "timing": "in_advance", "amounts": {"EUR": "15"},
    }  # fmt: skip


def test_filters_of_a_charge_are_rows_of_a_matrix_with_one_minimum() -> None:
    charge = {
        "metric": "m",
        "aggregation": "count",
        "model": "per_unit",
        "unit_amount": "0",
        "minimum_amount": "100",
        "filters": [{"region": ["eu", "uk"], "unit_amount": "20"}],
    }
    plan = {**PLAN, "charges": [charge]}

    case = translated(
        neutral(catalog={"plans": [plan]}, policies={"charge_minimum_proration": "active_days"})
    ).case

    price = case["catalog"]["plans"][0]["prices"][1]
    assert (price["model"], price["amounts"]["EUR"]) == (
        "matrix",
        {
            "dimensions": ["region"],
            "rows": [
                {"match": {"region": "eu"}, "unit_amount": "20"},
                {"match": {"region": "uk"}, "unit_amount": "20"},
            ],
            "default": {"unit_amount": "0"},
            "minimum_amount": "100",
            "charge_minimum_proration": "active_days",
        },
    )


@pytest.mark.parametrize(
    ("plan", "missing"),
    [
        ({"tax_exemption": "20"}, "catalog.plans[] field 'tax_exemption'"),
        (
            {"charges": [{"metric": "m", "aggregation": "sum", "model": "lunar", "unit_amount": "1"}]},
            "charge model 'lunar'",
        ),
        (
            {"charges": [{"metric": "m", "aggregation": "sum", "model": "per_unit", "fee": "1"}]},
            "'fee'",
        ),
        ({"fixed_charges": [{"add_on": "a", "units": "1", "unit_amount": "1", "free": True}]}, "'free'"),
    ],
)
def test_catalog_without_counterpart_is_named(plan: dict[str, Any], missing: str) -> None:
    with pytest.raises(NotBuilt) as refusal:
        translated(neutral(catalog={"plans": [{**PLAN, **plan}]}))

    assert missing in refusal.value.missing[0]


def test_what_moves_to_or_from_the_balance_is_no_line_of_ours() -> None:
    kept = {"label": "credit kept", "amount": "117.71", "type": "credit_balance"}
    used = {"label": "credit used", "amount": "-29.95", "type": "credit_balance"}
    fee = {"label": "pistol", "amount": "29.95"}
    invoices = [
        {"total": "0", "lines": [fee, kept]},
        {"total": "0", "lines": [fee, used]},
        {"total": "3", "issuing_date": "2026-01-01", "credit_notes": "2"},
    ]

    said = translated(neutral(expect=[{"at": "2026-01-01", "invoices": invoices}])).case["expect"][0]

    assert said["invoices"] == [
        {"payable": "0", "lines": [fee], "balance_credited": "117.71"},
        {"payable": "0", "lines": [fee], "balance_applied": "29.95"},
        {"payable": "3", "issued_on": "2026-01-01", "balance_applied": "2"},
    ]


@pytest.mark.parametrize(
    ("account", "said"),
    [("-50.05", {"balance": "50.05"}), ("0", {"balance": "0"}), ("12", {"owed": "12"})],
)
def test_account_that_is_settled_speaks_of_its_credit(account: str, said: dict[str, str]) -> None:
    entry = translated(neutral(expect=[{"at": "2026-01-01", "account_balance": account}])).case["expect"][0]

    assert entry == {"at": "2026-01-01", "invoices": [], **said}


def test_percentages_of_tax_become_a_registration_rates_and_codes_of_prices() -> None:
    charges = [
        {**CHARGED["charges"][0], "metric": "own", "tax_percent": "23.33"},
        {**CHARGED["charges"][0], "metric": "inherited"},
    ]
    fixed = {"add_on": "seat", "units": "1", "unit_amount": "5", "tax_percent": "0"}
    taxed = {**PLAN, "tax_percent": "20", "charges": charges, "fixed_charges": [fixed]}
    policies = {"tax_rounding": "per_line", "discount_order": "before_tax"}

    translation = translated(neutral(catalog={"plans": [taxed, {**PLAN, "code": "free"}]}, policies=policies))

    assert translation.case["brand"] == {"country": "DE", "tax_rounding": "per_line"}
    assert translation.case["tax"] == {
        "registrations": [{"country": "DE", "scheme": "vat"}],
        "rates": [
            {"country": "DE", "tax_code": "percent-0", "percent": "0"},
            {"country": "DE", "tax_code": "percent-20", "percent": "20"},
            {"country": "DE", "tax_code": "percent-23.33", "percent": "23.33"},
        ],
    }
    assert translation.rules.plans["p"].prices == {
        "base": {"tax_code": "percent-20"},
        "seat": {"tax_code": "percent-0"},
        "own": {"tax_code": "percent-23.33"},
        "inherited": {"tax_code": "percent-20"},
    }
    assert translation.rules.plans["free"].prices == {"base": {"tax_code": "exempt"}}


def test_case_without_percentages_sells_outside_tax() -> None:
    translation = translated(neutral())

    assert "tax" not in translation.case
    assert translation.rules.plans["p"].prices == {}


def test_coupons_are_said_in_our_words() -> None:
    coupons = [
        {"code": "a", "type": "fixed", "amount": "20", "frequency": "once", "metrics": ["m"]},
        {"code": "b", "type": "percent", "percent": "5", "frequency": "recurring", "frequency_duration": 3},
        {"code": "c", "type": "percentage", "percent": "7", "frequency": "forever", "plans": ["p"]},
    ]

    said = translated(neutral(catalog={"plans": [CHARGED], "coupons": coupons})).case["coupons"]

    shared = {"max_per_customer": None}
    assert said == [
        {"code": "a", "amount": "20", "duration": "once", "plans": [], "meters": ["m"], **shared},
        {"code": "b", "percent": "5", "duration": "repeating", "plans": [], "meters": [], **shared}
        | {"invoices": 3},
        {"code": "c", "percent": "7", "duration": "forever", "plans": ["p"], "meters": [], **shared},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("coupon", "missing"),
    [
        ({"currency_pegged": "yes"}, "catalog.coupons[] field 'currency_pegged'"),
        ({"type": "lottery"}, "coupon type 'lottery'"),
        ({"frequency": "sometimes"}, "coupon frequency 'sometimes'"),
    ],
)
def test_coupon_without_counterpart_is_named(coupon: dict[str, Any], missing: str) -> None:
    catalog = {"plans": [PLAN], "coupons": [{"code": "c", "type": "fixed", "amount": "1", **coupon}]}

    with pytest.raises(NotBuilt) as refusal:
        translated(neutral(catalog=catalog))

    assert missing in refusal.value.missing[0]


def test_grace_days_are_hours_of_the_customer() -> None:
    customer = {"timezone": "Asia/Tokyo", "invoice_grace_days": 3}

    said = translated(neutral(customer=customer)).case["customer"]

    assert said == {"time_zone": "Asia/Tokyo", "invoice_grace_hours": 72}


def test_draft_is_expected_as_a_draft_and_what_is_made_final_that_day_as_what_it_becomes() -> None:
    steps = [SUBSCRIBE, {"at": "2026-02-01T00:00:09", "do": "finalize_all"}]
    line = {"label": "p", "amount": "31", "coupon_share": "1.5", "tax": "5.9", "tax_percent": "20"}
    expect = [
        {"at": "2026-01-09T00:00:00", "invoices": [{"total": "1"}]},
        {"at": "2026-01-10T00:00:00", "invoices": [{"status": "draft", "subtotal": "31"}]},
        {"at": "2026-02-01T00:00:00", "invoices": [{"lines": [line], "prepaid_credits": "3"}]},
    ]

    said = translated(neutral(steps=steps, expect=expect)).case["expect"]

    assert said == [
        {"at": "2026-01-09T00:00:00", "invoices": [{"payable": "1"}]},
        {"at": "2026-01-10T00:00:00", "invoices": [], "drafts": [{"status": "draft", "subtotal": "31"}]},
        {
            "at": "2026-02-01T00:00:09",
            "invoices": [
                {
                    "lines": [
                        {
                            "label": "p",
                            "amount": "31",
                            "exact_discount": "1.5",
                            "tax_alone": "5.9",
                            "tax_percent": "20",
                        }
                    ],
                    "prepaid_applied": "3",
                }
            ],
        },
    ]


def test_credit_note_is_said_in_our_words() -> None:
    note = {
        "item": "35.71",
        "calc": "50*20/28",
        "tax": "7.14",
        "total": "42.85",
        "refund": "0",
        "credit": "42.85",
    }

    said = translated(neutral(expect=[{"at": "2026-01-01", "credit_notes": [note]}])).case["expect"][0]

    assert said["credit_notes"] == [
        {"subtotal": "35.71", "tax": "7.14", "total": "42.85", "refund": "0", "balance": "42.85"}
    ]
