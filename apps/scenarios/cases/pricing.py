"""Runs a case of the `prices` schema: the price of a quantity under one charge model."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from apps.pricing.charge_models import CHARGE_MODELS
from apps.pricing.exact import ZERO, plain, total
from apps.pricing.line_position import BilledOn, LinePosition, is_due_on
from apps.pricing.money import Money
from apps.pricing.parameters import decimal_from
from apps.pricing.price import price_further_quantity, price_quantity
from apps.pricing.rounding import Rounding
from apps.scenarios.cases.outcome import Outcome, outcome_of
from apps.scenarios.cases.vocabulary import Case, unbuilt, unbuilt_keys

FIELDS = frozenset(
    {"policies", "model", "currency", "params", "units", "expected_amount", "rounding", "kind"}
)
POLICIES: Mapping[str, frozenset[str]] = {
    "amount_rounding": frozenset(Rounding),
    "tier_bound": frozenset({"upper_inclusive", "lower_inclusive"}),
    "zero_usage_flat_fee": frozenset({"charged", "not_charged"}),
    "beyond_last_tier": frozenset({"last_tier_price", "not_billed", "error"}),
    "tier_cap": frozenset({"each_tier"}),
    "marginal": frozenset({"difference_of_totals"}),
    "marginal_from_zero": frozenset({"flat_not_yet_billed"}),
    "started_package": frozenset({"whole"}),
    "free_units": frozenset({"before_packing"}),
    "negative_units": frozenset({"zero"}),
    "flat_billed_on": frozenset({"first_line", "last_line"}),
    "volume_billed_on": frozenset({"first_line", "last_line"}),
}
OF_MODEL: Mapping[str, frozenset[str]] = {
    "flat": frozenset({"amount", "payment_term"}),
    "per_unit": frozenset({"unit_amount"}),
    "graduated": frozenset({"tiers"}),
    "volume": frozenset({"tiers"}),
    "package": frozenset({"package_size", "amount", "free_units", "round"}),
}
OF_CASE = frozenset({"prior_units", "is_first_line", "is_final_line", "base_amount"})
NOT_OF_PRICE = frozenset({"payment_term", "round"}) | OF_CASE
FIELD_ROUNDING = {"none": Rounding.NONE, "minor_half_up": Rounding.HALF_UP, "minor_up": Rounding.UP}


def run_case(case: Case) -> Outcome:
    """Price the case through apps.pricing and compare with its expected amount."""
    if (model := case.get("model")) not in CHARGE_MODELS:
        return Outcome("failed", [f"model {model!r} is not built yet"])
    if (outcome := unbuilt(case, fields=FIELDS, policies=POLICIES)) is not None:
        return outcome
    return outcome_of(lambda: _unbuilt_parameters(case) or _differences(case, _exact_amount(case)))


def _unbuilt_parameters(case: Case) -> list[str]:
    params = case["params"]
    missing = unbuilt_keys("parameter", params, OF_MODEL[case["model"]] | OF_CASE)
    if params.get("round", "up") != "up":
        missing.append(f"parameter 'round' has no value {params['round']!r} yet")
    if case.get("rounding", "none") not in FIELD_ROUNDING:
        missing.append(f"rounding {case['rounding']!r} is not built yet")
    if case.get("kind") not in (None, "marginal"):
        missing.append(f"kind {case['kind']!r} is not built yet")
    if "prior_units" in params and case.get("kind") != "marginal":
        missing.append("parameter 'prior_units' is built for marginal cases only")
    return missing


def _exact_amount(case: Case) -> Decimal:
    params, currency = case["params"], case["currency"]
    amounts = []
    if is_due_on(_billed_on(case), _position(params)):
        price = {"model": case["model"], "parameters": _parameters(case), "currency": currency}
        if case.get("kind") == "marginal":
            amounts.append(
                price_further_quantity(
                    **price, prior_quantity=params.get("prior_units", "0"), quantity=case["units"]
                ).exact
            )
        else:
            amounts.append(price_quantity(**price, quantity=case["units"]).exact)
    if "base_amount" in params:
        base = {"amount": params["base_amount"]}
        amounts.append(price_quantity(model="flat", parameters=base, quantity=1, currency=currency).exact)
    return total(amounts)


def _parameters(case: Case) -> dict[str, Any]:
    params, policies = case["params"], case["policies"]
    parameters = {key: value for key, value in params.items() if key not in NOT_OF_PRICE}
    if "tiers" in parameters:
        for key in ("tier_bound", "zero_usage_flat_fee", "beyond_last_tier"):
            if key in policies:
                parameters[key] = policies[key]
        # A bounded last tier whose excess no policy names is a case that stays below the bound.
        if parameters["tiers"][-1]["up_to"] is not None:
            parameters.setdefault("beyond_last_tier", "error")
    if "negative_units" in policies:
        parameters["negative_quantity"] = policies["negative_units"]
    return parameters


def _billed_on(case: Case) -> BilledOn:
    policies = case["policies"]
    key = {"flat": "flat_billed_on", "volume": "volume_billed_on"}.get(case["model"], "")
    if key in policies:
        return BilledOn(policies[key])
    return {
        "in_advance": BilledOn.FIRST_LINE,
        "in_arrears": BilledOn.LAST_LINE,
    }.get(case["params"].get("payment_term", ""), BilledOn.EVERY_LINE)


def _position(params: Mapping[str, Any]) -> LinePosition:
    return LinePosition(is_first=params.get("is_first_line", True), is_last=params.get("is_final_line", True))


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
