"""The catalog of a neutral case as a catalog file of ours: meters, and plans with their prices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from apps.scenarios.cases.vocabulary import Case, unbuilt_keys
from apps.scenarios.errors import NotBuilt
from apps.scenarios.timeline.neutral.charges import (
    charge_price,
    fixed_price,
    meter_of_charge,
    unbuilt_charges,
)
from apps.scenarios.timeline.neutral.phases import phase_plans
from apps.scenarios.timeline.neutral.promotions import unbuilt_coupons

Values = Mapping[str, Any]

_PLAN = frozenset(
    {
        *("code", "interval", "interval_count", "amount", "pay_in_advance", "trial_days", "per_unit"),
        *("charges", "fixed_charges", "minimum_commitment", "usage_thresholds", "phases", "tax_percent"),
        # To us an add-on is a plan like others, of a subscription beside the first.
        "add_on",
    }
)


BASE = "base"
# An alignment of ours says where the first period ends.
_FIRST_PERIOD_ENDS = {
    "calendar": "end_of_interval",
    "anniversary": "next_anchor_day",
    "billing_day": "next_billing_day_of_month",
}


def catalog_in_ours(case: Case) -> dict[str, Any]:
    """The catalog file of a case; a plan with phases becomes one plan for each.

    Raises:
        NotBuilt: the catalog has what ours does not have.
    """
    given = case["catalog"]
    missing = unbuilt_keys("catalog field", given, {"plans", "coupons"})
    missing += unbuilt_coupons(given.get("coupons") or ())
    missing += _unbuilt_parts("catalog.plans[]", given["plans"])
    missing += unbuilt_charges(given["plans"])
    if missing:
        raise NotBuilt(list(dict.fromkeys(missing)))
    alignments = _alignments(case)
    charges = [charge for plan in given["plans"] for charge in plan.get("charges") or ()]
    return {
        "products": [{"code": "case", "name": "Case"}],
        "meters": list({charge["metric"]: meter_of_charge(charge) for charge in charges}.values()),
        "plans": [
            _plan(phase, alignments.get(plan["code"], ""), case)
            for plan in given["plans"]
            for phase in phase_plans(plan)
        ],
    }


def _unbuilt_parts(place: str, parts: Iterable[Values]) -> list[str]:
    names = {name for part in parts for name in part if part[name]}
    return unbuilt_keys(f"{place} field", sorted(names), _PLAN)


def _alignments(case: Case) -> dict[str, str]:
    """Ours is a policy of the plan, not of a subscription: one plan cannot have two."""
    found: dict[str, str] = {}
    policies = case.get("policies") or {}
    default = policies.get("alignment", "anniversary")
    for step in case["steps"]:
        if step["do"] in ("subscribe", "change_plan"):
            alignment = step.get("alignment", default)
            if found.setdefault(step["plan"], alignment) != alignment:
                raise NotBuilt([f"plan {step['plan']!r} with two alignments is not built yet"])
    first = policies.get("first_period_ends")
    for alignment in found.values():
        if first not in (None, _FIRST_PERIOD_ENDS.get(alignment)):
            missing = f"alignment {alignment!r} with first_period_ends {first!r} is not built yet"
            raise NotBuilt([missing])
    return found


def _plan(plan: Values, alignment: str, case: Case) -> dict[str, Any]:
    currency, policies = case["currency"], case.get("policies") or {}
    base: dict[str, Any] = {
        "code": BASE,
        "name": plan["code"],
        "timing": timing_of(plan),
        "amounts": {currency: plan["amount"]},
    }
    if plan.get("per_unit"):
        base["quantity"] = "seats"
    return {
        "code": plan["code"],
        "product": "case",
        "name": plan["code"],
        "published": False,
        "interval": plan["interval"],
        "interval_count": plan.get("interval_count", 1),
        **({"alignment": alignment} if alignment else {}),
        **({"trial": {"days": plan["trial_days"]}} if plan.get("trial_days") else {}),
        "prices": [
            base,
            *(fixed_price(charge, currency) for charge in plan.get("fixed_charges") or ()),
            *(charge_price(charge, policies, currency) for charge in plan.get("charges") or ()),
        ],
    }


def timing_of(part: Values) -> str:
    return "in_advance" if part.get("pay_in_advance") else "in_arrears"
