"""Charges of a neutral plan as prices and meters of ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import product
from typing import Any

from apps.plans.enums import Aggregation
from apps.pricing.charge_models import CHARGE_MODELS
from apps.pricing.exact import plain
from apps.scenarios.cases.vocabulary import unbuilt_keys

Values = Mapping[str, Any]

VALUE = "value"
# What a charge says besides the parameters of its model.
_ABOUT = frozenset(
    {"metric", "aggregation", "model", "pay_in_advance", "recurring", "prorated", "filters"} | {"tax_percent"}
)
_PARAMETERS = frozenset(
    {
        *("unit_amount", "package_size", "free_units", "tiers", "blocks", "rate_percent", "amount"),
        *("fixed_fee_per_event", "free_events", "per_event_min", "per_event_max", "multiplier"),
        *("minimum_amount", "maximum_amount"),
    }
)
_LIMITS = frozenset({"minimum_amount", "maximum_amount"})
# Policies of the case that are parameters of the price.
_POLICIES = ("charge_minimum", "charge_minimum_proration")
_FIXED = frozenset({"add_on", "units", "unit_amount", "prorated", "pay_in_advance", "tax_percent"})
# Names of the neutral schema where ours differ.
_AGGREGATIONS = {"avg": Aggregation.AVERAGE, "unique": Aggregation.UNIQUE_COUNT}
_PACKAGE = {"unit_amount": "amount"}


def unbuilt_charges(plans: Iterable[Values]) -> list[str]:
    """What charges say that has no counterpart."""
    plans = list(plans)
    charges = [charge for plan in plans for charge in plan.get("charges") or ()]
    fixed = [charge for plan in plans for charge in plan.get("fixed_charges") or ()]
    names = {name for charge in charges for name in charge}
    missing = unbuilt_keys("catalog.plans[].charges[] field", sorted(names), _ABOUT | _PARAMETERS)
    missing += [
        f"charge model {c['model']!r} is not built yet" for c in charges if c["model"] not in CHARGE_MODELS
    ]
    fixed_names = {name for charge in fixed for name in charge}
    missing += unbuilt_keys("catalog.plans[].fixed_charges[] field", sorted(fixed_names), _FIXED)
    return missing


def charge_price(charge: Values, policies: Values, currency: str) -> dict[str, Any]:
    """A metered price; its parameters keep their names but for the price of a package."""
    said = {key: value for key, value in charge.items() if key in _PARAMETERS}
    limits = {key: said.pop(key) for key in _LIMITS & said.keys()}
    if limits:
        limits |= {key: policies[key] for key in _POLICIES if key in policies}
    if charge["model"] == "package":
        said = {_PACKAGE.get(key, key): value for key, value in said.items()}
    if charge.get("filters"):
        said = _matrix(charge["model"], said, charge["filters"])
    return {
        "code": price_code(charge),
        "name": charge["metric"],
        "quantity": f"meter:{charge['metric']}",
        "model": "matrix" if charge.get("filters") else charge["model"],
        "timing": "in_advance" if charge.get("pay_in_advance") else "in_arrears",
        "amounts": {currency: said | limits},
    }


def _matrix(model: str, default: Values, filters: Sequence[Values]) -> dict[str, Any]:
    """A row for each combination of a filter's values; events of no filter have the charge's own price."""
    rows = []
    for entry in filters:
        prices = {key: value for key, value in entry.items() if key in _PARAMETERS}
        asked = {key: value for key, value in entry.items() if key not in _PARAMETERS}
        rows += [
            {"match": dict(zip(asked, values, strict=True)), **_row_price(model, prices)}
            for values in product(*asked.values())
        ]
    names = list(dict.fromkeys(name for row in rows for name in row["match"]))
    return {"dimensions": names, "rows": rows, "default": _row_price(model, default)}


def _row_price(model: str, parameters: Values) -> dict[str, Any]:
    return dict(parameters) if model == "per_unit" else {"model": model, "parameters": dict(parameters)}


def fixed_price(charge: Values, currency: str) -> dict[str, Any]:
    """A fee for a fixed number of units."""
    amount = Decimal(charge["units"]) * Decimal(charge["unit_amount"])
    return {
        "code": fixed_code(charge),
        "name": charge["add_on"],
        "timing": "in_advance" if charge.get("pay_in_advance") else "in_arrears",
        "amounts": {currency: plain(amount)},
    }


def fixed_code(charge: Values) -> str:
    code: str = charge["add_on"].replace("_", "-")
    return code


def price_code(charge: Values) -> str:
    code: str = charge["metric"].replace("_", "-")
    return code


def meter_of_charge(charge: Values) -> dict[str, Any]:
    """The meter whose events are named as the metric; their `value` is what counts, unless events are."""
    property_ = {} if charge["aggregation"] == Aggregation.COUNT else {"property": VALUE}
    return {
        "code": charge["metric"],
        "name": charge["metric"],
        "event": charge["metric"],
        "aggregation": _AGGREGATIONS.get(charge["aggregation"], charge["aggregation"]),
        **property_,
    }
