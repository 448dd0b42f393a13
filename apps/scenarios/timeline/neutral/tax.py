"""Percentages of tax on plans and charges as a registration, rates of a code each, and prices with a code.

A case says how much, not where: the brand is registered in the customer's country, whose table gets a rate
for each percentage.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from apps.pricing.exact import plain
from apps.scenarios.cases.vocabulary import Case

Values = Mapping[str, Any]

PERCENT = "tax_percent"
# What has no percentage where others have one.
UNTAXED = "exempt"
HOME = "DE"
_SCHEMES = {"CH": "swiss_vat"}


def tax_of(case: Case) -> dict[str, Any]:
    """The fields `tax` and `brand` of a case in our schema; none where nothing is taxed."""
    percents = sorted({Decimal(part[PERCENT]) for part in _parts(case) if PERCENT in part})
    country = (case.get("customer") or {}).get("country", HOME)
    brand = {"country": country} | _policies(case)
    if not percents:
        return {"brand": brand}
    registration = {"country": country, "scheme": _SCHEMES.get(country, "vat")}
    rates = [
        {"country": country, "tax_code": code_of(percent), "percent": plain(percent)} for percent in percents
    ]
    return {"brand": brand, "tax": {"registrations": [registration], "rates": rates}}


def tax_code(plan: Values, part: Values, case: Case) -> str:
    """The code of a plan's fee (`part` is the plan) or of a charge, which has the plan's unless its own."""
    percent = part.get(PERCENT, plan.get(PERCENT))
    if percent is not None:
        return code_of(Decimal(percent))
    return UNTAXED if any(PERCENT in other for other in _parts(case)) else ""


def code_of(percent: Decimal) -> str:
    return f"percent-{plain(percent)}"


def _parts(case: Case) -> Iterator[Values]:
    for plan in case["catalog"]["plans"]:
        yield plan
        yield from plan.get("charges") or ()
        yield from plan.get("fixed_charges") or ()


def _policies(case: Case) -> dict[str, str]:
    """Policies that a brand has; that discounts come before tax is no order among them."""
    policies = case.get("policies") or {}
    names = ("tax_rounding", "discount_order", "discount_allocation")
    return {name: policies[name] for name in names if policies.get(name, "before_tax") != "before_tax"}
