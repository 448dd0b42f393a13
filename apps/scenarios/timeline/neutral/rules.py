"""Policies of a neutral case, and what its charges say of usage, as rules of our plans and meters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from apps.plans.enums import Aggregation, LateUsage, UniqueMode, UsageProration
from apps.scenarios.cases.vocabulary import Case
from apps.scenarios.timeline.neutral.catalog import BASE
from apps.scenarios.timeline.neutral.charges import fixed_code, price_code
from apps.scenarios.timeline.neutral.phases import phase_plans
from apps.scenarios.timeline.neutral.tax import tax_code
from apps.scenarios.timeline.policies import version_policies
from apps.scenarios.timeline.rules import CatalogRules, PlanRules

Values = Mapping[str, Any]

LATE_LIMITS = {"two_periods_back": 2}


def rules_of(case: Case) -> CatalogRules:
    """Every plan of a case has the policies that the case names: an engine knows one set of rules."""
    policies = case.get("policies") or {}
    plans = [phase for plan in case["catalog"]["plans"] for phase in phase_plans(plan)]
    charges = [charge for plan in plans for charge in plan.get("charges") or ()]
    return CatalogRules(
        plans={plan["code"]: _plan_rules(plan, policies, case) for plan in plans},
        meters={charge["metric"]: _meter_rules(charge, policies) for charge in charges},
    )


def _plan_rules(plan: Values, policies: Values, case: Case) -> PlanRules:
    commitment = plan.get("minimum_commitment")
    return PlanRules(
        policies=version_policies(policies),
        commitment=None if commitment is None else Decimal(commitment),
        thresholds=tuple(_thresholds(plan.get("usage_thresholds") or (), policies)),
        prices=_price_rules(plan, case),
    )


def _price_rules(plan: Values, case: Case) -> dict[str, dict[str, Any]]:
    """What is `prorated` is a fee by its share of the period, or usage by its active days."""
    rules: dict[str, dict[str, Any]] = {BASE: {}}
    for charge in plan.get("fixed_charges") or ():
        rules[fixed_code(charge)] = {} if charge.get("prorated", True) else {"prorated": False}
    for charge in plan.get("charges") or ():
        days = {"usage_proration": UsageProration.ACTIVE_DAYS}
        rules[price_code(charge)] = days if charge.get("prorated") else {}
    for code, part in _taxed(plan):
        if taxed := tax_code(plan, part, case):
            rules[code]["tax_code"] = taxed
    return {code: columns for code, columns in rules.items() if columns}


def _taxed(plan: Values) -> Iterator[tuple[str, Values]]:
    yield BASE, plan
    yield from ((fixed_code(charge), charge) for charge in plan.get("fixed_charges") or ())
    yield from ((price_code(charge), charge) for charge in plan.get("charges") or ())


def _thresholds(given: Sequence[Values], policies: Values) -> Iterator[tuple[Decimal, bool]]:
    """Where none says that it recurs, the policy means the last: there is no threshold after it."""
    told = any("recurring" in threshold for threshold in given)
    recurs = policies.get("threshold_recurring") == "each_multiple_one_invoice" and not told
    for number, threshold in enumerate(given, 1):
        is_last = number == len(given)
        yield Decimal(threshold["amount"]), bool(threshold.get("recurring", recurs and is_last))


def _meter_rules(charge: Values, policies: Values) -> dict[str, Any]:
    rules: dict[str, Any] = {"carries_over": bool(charge.get("recurring"))}
    if charge.get("recurring") and charge["aggregation"] == Aggregation.UNIQUE_COUNT:
        rules["unique_mode"] = UniqueMode.ADD_REMOVE
    if "late_usage" in policies:
        rules["late_usage"] = LateUsage(policies["late_usage"])
    if "late_usage_limit" in policies:
        rules["late_usage_periods"] = LATE_LIMITS[policies["late_usage_limit"]]
    return rules
