from __future__ import annotations

from dataclasses import replace

import pytest

from apps.plans.rule_validation import rule_faults
from apps.plans.terms import CommitmentTerms, PriceTerms, ThresholdTerms, VersionTerms
from apps.plans.validation import version_faults

FEE = PriceTerms(code="base", name="Base fee", currency="EUR", parameters={"amount": "29.00"})
USAGE = replace(
    FEE,
    code="calls",
    model="per_unit",
    parameters={"unit_amount": "1"},
    quantity_source="meter",
    meter="calls",
)
TERMS = VersionTerms(prices=(FEE, USAGE))
COMMITMENT = CommitmentTerms("EUR", 10000)
THRESHOLD = ThresholdTerms("EUR", 20000)


def places(terms: VersionTerms, *, is_free: bool = False) -> list[tuple[str | None, str]]:
    return [(fault.field, fault.code) for fault in rule_faults(terms, is_free=is_free)]


def test_sound_rules_have_no_faults() -> None:
    recurring = ThresholdTerms("EUR", 20000, is_recurring=True)
    sound = replace(
        TERMS,
        policies={"proration_unit": "second", "denominator": "fixed_days:30"},
        commitments=(COMMITMENT,),
        thresholds=(THRESHOLD, recurring),
    )

    assert places(sound) == []


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        ({"change_credit": "cash"}, [("policies.change_credit", "unknown_choice")]),
        ({"change_kredit": "none"}, [("policies.change_kredit", "unknown_parameter")]),
        ({"denominator": "fixed_days:0"}, [("policies.denominator", "unknown_choice")]),
        ({"new_plan_charge": "full_period"}, [("policies.new_plan_charge", "unknown_choice")]),
        ({"refund_rest": "invoice_offset"}, [("policies.refund_rest", "unknown_choice")]),
    ],
)
def test_policies_that_are_not_offered_are_refused(
    policies: dict[str, str], expected: list[tuple[str, str]]
) -> None:
    assert places(replace(TERMS, policies=policies)) == expected


def test_a_commitment_of_a_free_plan_is_refused() -> None:
    assert places(replace(TERMS, commitments=(COMMITMENT,)), is_free=True) == [
        ("commitments", "free_plan_commitment")
    ]


def test_commitments_stand_once_in_each_currency_of_the_plan() -> None:
    sold = replace(TERMS, prices=(*TERMS.prices, replace(FEE, currency="USD")))
    twice = replace(sold, commitments=(COMMITMENT, replace(COMMITMENT, amount_minor=0)))

    assert places(twice) == [
        ("commitments[1].amount_minor", "not_positive"),
        ("commitments[1].currency", "duplicate"),
        ("commitments", "currency_missing"),
    ]


def test_thresholds_need_usage() -> None:
    assert places(VersionTerms(prices=(FEE,), thresholds=(THRESHOLD,))) == [("thresholds", "without_usage")]


def test_thresholds_stand_once_and_one_recurs() -> None:
    every = ThresholdTerms("EUR", 100, is_recurring=True)
    thresholds = (THRESHOLD, THRESHOLD, every, replace(every, amount_minor=200))

    assert places(replace(TERMS, thresholds=thresholds)) == [
        ("thresholds[1].amount_minor", "duplicate"),
        ("thresholds[3].recurring", "duplicate"),
    ]


def test_usage_cannot_be_left_out_of_proration() -> None:
    odd = replace(TERMS, prices=(FEE, replace(USAGE, prorated=False)))

    faults = version_faults(odd, is_free=False, meters={"calls"})

    assert [(fault.field, fault.code) for fault in faults] == [("prices[1].prorated", "unfit_choice")]
