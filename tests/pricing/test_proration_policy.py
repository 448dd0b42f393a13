from __future__ import annotations

import json

import pytest

from apps.pricing.errors import PricingError
from apps.pricing.proration_policy import (
    ALWAYS,
    KEYS,
    ChangeDay,
    Denominator,
    ProrationPolicy,
    ProrationRounding,
    ProrationUnit,
)
from apps.pricing.rounding import Rounding


def test_policy_of_nothing_is_the_default() -> None:
    policy = ProrationPolicy.parse({})

    assert policy == ProrationPolicy()
    assert (policy.proration_unit, policy.proration_rounding) == (ProrationUnit.DAY, ProrationRounding.AMOUNT)
    assert (policy.denominator, policy.change_day) == (Denominator.FULL_PERIOD, ChangeDay.NEW_PLAN)
    assert policy.amount_rounding is Rounding.HALF_UP


def test_policy_reads_back_what_it_writes_as_json() -> None:
    policy = ProrationPolicy.parse({"denominator": "fixed_days:30", "proration_unit": "day_30_360"})

    written = json.loads(json.dumps(policy.to_json()))

    assert (policy.denominator, policy.fixed_days) == (Denominator.FIXED_DAYS, 30)
    assert written["denominator"] == "fixed_days:30"
    assert ProrationPolicy.parse(written) == policy


def test_policy_that_is_always_so_may_be_named() -> None:
    assert ProrationPolicy.parse(ALWAYS) == ProrationPolicy()
    assert ALWAYS.keys() < KEYS


@pytest.mark.parametrize(
    ("policies", "code", "field"),
    [
        ({"proration_unit": "week"}, "unknown_choice", "proration_unit"),
        ({"prorate_unit": "day"}, "unknown_parameter", "prorate_unit"),
        ({"denominator": "fixed_days:0"}, "unknown_choice", "denominator"),
        ({"denominator": "fixed_days"}, "invalid_fixed_days", "denominator"),
        ({"trial_end_day": "free"}, "unknown_choice", "trial_end_day"),
        ({"amount_rounding": "none"}, "rounding_missing", "amount_rounding"),
    ],
)
def test_policy_that_is_not_offered_is_refused_by_name(
    policies: dict[str, str], code: str, field: str
) -> None:
    with pytest.raises(PricingError) as refusal:
        ProrationPolicy.parse(policies)

    assert (refusal.value.code, refusal.value.field) == (code, field)


def test_policy_refuses_fixed_days_of_another_denominator() -> None:
    with pytest.raises(PricingError) as refusal:
        ProrationPolicy(fixed_days=30)

    assert refusal.value.code == "invalid_fixed_days"
