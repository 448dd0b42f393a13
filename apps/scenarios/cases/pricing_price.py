"""A case of the `prices` schema as a price and usage of ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from apps.pricing.charge_price import ChargePrice, parse_price
from apps.pricing.exact import ZERO, total
from apps.pricing.line_position import BilledOn, LinePosition
from apps.pricing.parameters import decimal_from
from apps.pricing.usage import Change, Usage, usage_of_amounts, usage_of_changes, usage_of_groups
from apps.scenarios.cases.vocabulary import Case

MODELS: Mapping[str, str] = {
    "flat": "flat",
    "per_unit": "per_unit",
    "graduated": "graduated",
    "graduated_prorated": "graduated",
    "graduated_percentage": "graduated_percentage",
    "graduated_blocks": "graduated_blocks",
    "volume": "volume",
    "volume_blocks": "volume_blocks",
    "package": "package",
    "percentage": "percentage",
    "stairstep_capacity": "stairstep",
    "dynamic": "dynamic",
}
"""Our names of the models."""
OF_MODEL: Mapping[str, frozenset[str]] = {
    "flat": frozenset({"amount", "payment_term"}),
    "per_unit": frozenset({"unit_amount"}),
    "package": frozenset({"package_size", "amount", "free_units", "round"}),
    "percentage": frozenset(
        {
            *("rate_percent", "fixed_fee_per_event", "free_events", "free_units"),
            *("per_event_min", "per_event_max"),
        }
    ),
    "stairstep_capacity": frozenset({"tiers", "usage"}),
    "dynamic": frozenset({"multiplier"}),
}
OF_TERMS = frozenset(
    {
        *("minimum_amount", "maximum_amount", "base_amount", "percentage_discount"),
        *("usage_discount_units", "unit_conversion"),
    }
)
OF_USAGE = frozenset(
    {
        *("prior_units", "prior_events", "prior_billed_amount", "tier_selection_units", "usage"),
        *("is_first_line", "is_final_line", "payment_term", "round"),
    }
)
BY_EVENT = frozenset({"percentage", "dynamic", "graduated_prorated"})
"""Models whose cases have events that count one by one; `units` say all of the others."""
TIERED = frozenset(model for model in MODELS if model not in OF_MODEL)
POLICIES_OF: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(TIERED, frozenset({"tier_bound", "zero_usage_flat_fee", "beyond_last_tier"})),
    **dict.fromkeys(("graduated_blocks", "volume_blocks"), frozenset({"tier_bound", "beyond_last_tier"})),
    "stairstep_capacity": frozenset({"tier_bound", "zero_usage_flat_fee", "beyond_last_tier"}),
    "dynamic": frozenset({"dynamic_price"}),
}
ROUNDINGS = {"floor": "down", "ceil": "up", "ceiling": "up", "round": "half_up"}
"""Other names for the roundings of a unit conversion."""


def known_parameters(model: str) -> frozenset[str]:
    """The parameters of a case's model that are understood."""
    return OF_MODEL.get(model, frozenset({"tiers"})) | OF_TERMS | OF_USAGE


def price_of(case: Case) -> ChargePrice:
    """The price of a case, with its policies as parameters."""
    model, policies = case["model"], case["policies"]
    parameters = {
        key: value for key, value in case["params"].items() if key not in OF_USAGE and value is not None
    }
    parameters |= {key: policies[key] for key in POLICIES_OF.get(model, ()) if key in policies}
    if model == "percentage" and "free_units" in parameters:
        parameters["free_amount"] = parameters.pop("free_units")
    if "negative_units" in policies and model != "flat":
        parameters["negative_quantity"] = policies["negative_units"]
    if "unit_conversion" in parameters:
        parameters["unit_conversion"] = _conversion(parameters["unit_conversion"])
    if model == "stairstep_capacity":
        parameters["dimension"] = "unit"
    if "tiers" in parameters and _is_bounded(parameters["tiers"][-1]):
        # A bounded last tier whose excess no policy names is a case that stays below the bound.
        parameters.setdefault("beyond_last_tier", "error")
    return parse_price(model=MODELS[model], parameters=parameters, currency=case["currency"])


def usage_of(case: Case) -> tuple[Usage, Usage]:
    """What was used before, and in all: the same where a case has nothing prior."""
    params = case["params"]
    if "usage" in params:
        return Usage(ZERO), usage_of_groups(
            {(key,): _decimal(value) for key, value in params["usage"].items()}
        )
    if case.get("events") is not None and case["model"] in BY_EVENT:
        prior, further = params.get("prior_events") or [], case["events"]
        return _usage_of_events(prior), _usage_of_events([*prior, *further])
    prior_units, units = (_decimal(value) for value in (params.get("prior_units"), case["units"]))
    whole = total([prior_units, units])
    if params.get("tier_selection_units") is not None:
        return Usage(ZERO), Usage(_decimal(params["tier_selection_units"]), prorated_quantity=whole)
    return Usage(prior_units), Usage(whole)


def position_of(params: Mapping[str, Any]) -> LinePosition:
    """Where the line stands in its period; the only one unless the case says otherwise."""
    return LinePosition(is_first=params.get("is_first_line", True), is_last=params.get("is_final_line", True))


def billed_on(case: Case) -> BilledOn:
    """The line that carries the price."""
    policies = case["policies"]
    key = {"flat": "flat_billed_on", "volume": "volume_billed_on"}.get(case["model"], "")
    if key in policies:
        return BilledOn(policies[key])
    return {
        "in_advance": BilledOn.FIRST_LINE,
        "in_arrears": BilledOn.LAST_LINE,
    }.get(case["params"].get("payment_term", ""), BilledOn.EVERY_LINE)


def _usage_of_events(events: Sequence[Any]) -> Usage:
    if any(isinstance(event, Mapping) for event in events):
        changes = [Change(_decimal(event["units"]), _decimal(event["prorated_units"])) for event in events]
        return usage_of_changes(changes)
    return usage_of_amounts([_decimal(event) for event in events])


def _is_bounded(tier: Mapping[str, Any]) -> bool:
    if "limits" in tier:
        return any(limit is not None for limit in tier["limits"].values())
    return tier.get("max_blocks" if "block_size" in tier else "up_to") is not None


def _conversion(conversion: Mapping[str, Any]) -> dict[str, Any]:
    rounding = conversion.get("rounding", "none")
    return {**conversion, "rounding": ROUNDINGS.get(rounding, rounding)}


def _decimal(value: Any) -> Decimal:
    return ZERO if value is None else decimal_from(value, "quantity")
