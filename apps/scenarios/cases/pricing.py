"""Runs a case of the `prices` schema: the price of usage under one charge model."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from apps.pricing.exact import ZERO, plain
from apps.pricing.line_position import is_due_on
from apps.pricing.money import Money
from apps.pricing.parameters import decimal_from
from apps.pricing.price import further_price, total_price
from apps.pricing.rounding import Rounding
from apps.scenarios.cases.outcome import Outcome, outcome_of
from apps.scenarios.cases.pricing_price import (
    MODELS,
    billed_on,
    known_parameters,
    position_of,
    price_of,
    usage_of,
)
from apps.scenarios.cases.vocabulary import Case, unbuilt, unbuilt_keys

FIELDS = frozenset(
    {"policies", "model", "currency", "params", "units", "events", "expected_amount", "rounding", "kind"}
)
POLICIES: Mapping[str, frozenset[str]] = {
    "amount_rounding": frozenset(Rounding),
    "tier_bound": frozenset({"upper_inclusive", "lower_inclusive"}),
    "tier_selection": frozenset({"full_units", "all_limits_hold"}),
    "zero_usage_flat_fee": frozenset({"charged", "not_charged"}),
    "beyond_last_tier": frozenset({"last_tier_price", "not_billed", "error"}),
    "tier_cap": frozenset({"each_tier"}),
    "marginal": frozenset({"difference_of_totals"}),
    "marginal_from_zero": frozenset({"flat_not_yet_billed"}),
    "started_block": frozenset({"whole"}),
    "started_package": frozenset({"whole"}),
    "free_units": frozenset({"before_packing", "per_period_before_price"}),
    "free_allowance": frozenset({"first_used_up_ends_both"}),
    "crossing_event": frozenset({"rate_on_excess_full_fee"}),
    "event_limits": frozenset({"rate_plus_fee_of_charged_events"}),
    "negative_units": frozenset({"zero", "release_from_top_tier"}),
    "dynamic_price": frozenset({"event_amounts", "metered_amount_times_multiplier"}),
    "flat_billed_on": frozenset({"first_line", "last_line"}),
    "volume_billed_on": frozenset({"first_line", "last_line"}),
    "minimum_spend": frozenset({"last_line_of_period"}),
    "maximum_spend": frozenset({"after_other_discounts"}),
    "discount_order": frozenset({"percentage_then_cap"}),
    "conversion_order": frozenset({"convert_round_then_free_units"}),
    # The units of a case are weighted already, in whichever unit.
    "proration_unit": frozenset({"day", "second", "none"}),
}
FIELD_ROUNDING = {"none": Rounding.NONE, "minor_half_up": Rounding.HALF_UP, "minor_up": Rounding.UP}


def run_case(case: Case) -> Outcome:
    """Price the case through apps.pricing and compare with its expected amount."""
    if (model := case.get("model")) not in MODELS:
        return Outcome("failed", [f"model {model!r} is not built yet"])
    if (outcome := unbuilt(case, fields=FIELDS, policies=POLICIES)) is not None:
        return outcome
    return outcome_of(lambda: _unbuilt_parameters(case) or _differences(case, _exact_amount(case)))


def _unbuilt_parameters(case: Case) -> list[str]:
    params = case["params"]
    missing = unbuilt_keys("parameter", params, known_parameters(case["model"]))
    if params.get("round", "up") != "up":
        missing.append(f"parameter 'round' has no value {params['round']!r} yet")
    if case.get("rounding", "none") not in FIELD_ROUNDING:
        missing.append(f"rounding {case['rounding']!r} is not built yet")
    if case.get("kind") not in (None, "marginal"):
        missing.append(f"kind {case['kind']!r} is not built yet")
    return missing


def _exact_amount(case: Case) -> Decimal:
    params = case["params"]
    position = position_of(params)
    if not is_due_on(billed_on(case), position):
        return ZERO
    price, (prior, whole) = price_of(case), usage_of(case)
    if case.get("kind") != "marginal":
        return total_price(price, whole, is_last_line=position.is_last).exact
    billed = params.get("prior_billed_amount")
    return further_price(
        price,
        prior=prior,
        whole=whole,
        billed=None if billed is None else decimal_from(billed, "prior_billed_amount"),
        is_last_line=position.is_last,
    ).exact


def _differences(case: Case, exact: Decimal) -> list[str]:
    expected = decimal_from(case["expected_amount"], "expected_amount")
    named = case["policies"].get("amount_rounding")
    rounding = Rounding(named) if named else FIELD_ROUNDING[case.get("rounding", "none")]
    actual = exact
    if rounding is not Rounding.NONE:
        actual = Money.from_exact(exact, case["currency"], rounding).major
    if actual == expected:
        return []
    return [f"amount: expected {case['currency']} {plain(expected)}, got {plain(actual or ZERO)}"]
