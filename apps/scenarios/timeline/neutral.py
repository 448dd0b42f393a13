"""Scenarios in the neutral schema of external cases, said in ours.

There a plan has an `amount` and `charges`, and its first subscription says how periods lie. What has no
counterpart keeps its name, so that reading the result names it as not built.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from apps.scenarios.cases.vocabulary import Case, unbuilt_keys
from apps.scenarios.errors import NotBuilt

Values = Mapping[str, Any]

VALUE = "value"
_PLAN = frozenset(
    {"code", "interval", "interval_count", "amount", "pay_in_advance", "trial_days", "charges", "per_unit"}
)
_CHARGE = frozenset(
    {"metric", "aggregation", "model", "unit_amount", "package_size", "pay_in_advance", "recurring"}
)
# Steps that say by another name, or in parts, what ours say.
_STEPS: Mapping[str, str] = {"bill": "advance", "terminate": "cancel"}


def is_neutral(case: Case) -> bool:
    """Whether the catalog is in the neutral schema: its plans have amounts in place of prices."""
    catalog = case.get("catalog")
    plans = catalog.get("plans") or () if isinstance(catalog, Mapping) else ()
    return any("amount" in plan for plan in plans)


def translated(case: Case) -> dict[str, Any]:
    """The same case in our schema.

    Raises:
        NotBuilt: the catalog has what ours does not have.
    """
    customer = dict(case.get("customer") or {})
    if "timezone" in customer:
        customer["time_zone"] = customer.pop("timezone")
    return {
        **case,
        "customer": customer,
        "catalog": _catalog(case),
        "steps": [_step(step) for step in case["steps"]],
        "expect": [_expectation(entry) for entry in case["expect"]],
    }


def _catalog(case: Case) -> dict[str, Any]:
    given = case["catalog"]
    missing = unbuilt_keys("catalog field", given, {"plans"})
    charges = [charge for plan in given["plans"] for charge in plan.get("charges") or ()]
    missing += _unbuilt_parts("catalog.plans[]", given["plans"], _PLAN)
    missing += _unbuilt_parts("catalog.plans[].charges[]", charges, _CHARGE)
    missing += [f"charge model {c['model']!r} is not built yet" for c in charges if c["model"] not in _MODELS]
    missing += [
        f"charge with {name!r} is not built yet"
        for name in ("pay_in_advance", "recurring")
        if any(charge.get(name) for charge in charges)
    ]
    if missing:
        raise NotBuilt(list(dict.fromkeys(missing)))
    alignments = _alignments(case)
    return {
        "products": [{"code": "case", "name": "Case"}],
        "meters": list({charge["metric"]: _meter(charge) for charge in charges}.values()),
        "plans": [_plan(plan, alignments.get(plan["code"], ""), case["currency"]) for plan in given["plans"]],
    }


def _unbuilt_parts(place: str, parts: Iterable[Values], known: frozenset[str]) -> list[str]:
    names = {name for part in parts for name in part}
    return unbuilt_keys(f"{place} field", sorted(names), known)


def _alignments(case: Case) -> dict[str, str]:
    """Ours is a policy of the plan, not of a subscription: one plan cannot have two."""
    found: dict[str, str] = {}
    default = (case.get("policies") or {}).get("alignment", "anniversary")
    for step in case["steps"]:
        if step["do"] in ("subscribe", "change_plan"):
            alignment = step.get("alignment", default)
            if found.setdefault(step["plan"], alignment) != alignment:
                raise NotBuilt([f"plan {step['plan']!r} with two alignments is not built yet"])
    return found


def _plan(plan: Values, alignment: str, currency: str) -> dict[str, Any]:
    base: dict[str, Any] = {
        "code": "base",
        "name": plan["code"],
        "timing": "in_advance" if plan["pay_in_advance"] else "in_arrears",
        "amounts": {currency: plan["amount"]},
    }
    if plan.get("per_unit"):
        base["quantity"] = "seats"
    return {
        "code": plan["code"],
        "product": "case",
        "name": plan["code"],
        "interval": plan["interval"],
        "interval_count": plan.get("interval_count", 1),
        **({"alignment": alignment} if alignment else {}),
        **({"trial": {"days": plan["trial_days"]}} if plan.get("trial_days") else {}),
        "prices": [base, *(_price(charge, currency) for charge in plan.get("charges") or ())],
    }


def _per_unit(charge: Values) -> dict[str, str]:
    return {"unit_amount": charge["unit_amount"]}


def _package(charge: Values) -> dict[str, str]:
    return {"package_size": charge["package_size"], "amount": charge["unit_amount"]}


_MODELS = {"per_unit": _per_unit, "package": _package}


def _price(charge: Values, currency: str) -> dict[str, Any]:
    return {
        "code": charge["metric"].replace("_", "-"),
        "name": charge["metric"],
        "quantity": f"meter:{charge['metric']}",
        "model": charge["model"],
        "amounts": {currency: _MODELS[charge["model"]](charge)},
    }


def _meter(charge: Values) -> dict[str, Any]:
    property_ = {} if charge["aggregation"] == "count" else {"property": VALUE}
    return {
        "code": charge["metric"],
        "name": charge["metric"],
        "event": charge["metric"],
        "aggregation": charge["aggregation"],
        **property_,
    }


def _step(step: Values) -> dict[str, Any]:
    said = {name: value for name, value in step.items() if name != "alignment"}
    said["do"] = _STEPS.get(step["do"], step["do"])
    if step["do"] == "send_event":
        said.pop("subscription", None)
        said["event"] = said.pop("metric")
        value = {VALUE: said.pop("value")} if "value" in said else {}
        said["properties"] = {**said.get("properties", {}), **value}
    return said


def _expectation(entry: Values) -> dict[str, Any]:
    """What is issued on a day carries that day's name here, and another there."""
    invoices = [
        {"issued_on" if name == "issuing_date" else name: value for name, value in invoice.items()}
        for invoice in entry.get("invoices") or ()
    ]
    return {**entry, "invoices": invoices}
