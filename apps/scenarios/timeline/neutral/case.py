"""Scenarios in the neutral schema of external cases, said in ours.

There a plan has an `amount` and `charges`, its first subscription says how periods lie, and an expectation
claims only what is issued on its own day. What has no counterpart keeps its name, so that reading the result
names it as not built.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.scenarios.cases.vocabulary import Case
from apps.scenarios.timeline.neutral.catalog import catalog_in_ours
from apps.scenarios.timeline.neutral.expectations import expectations_in_ours
from apps.scenarios.timeline.neutral.promotions import coupons_in_ours
from apps.scenarios.timeline.neutral.rules import rules_of
from apps.scenarios.timeline.neutral.steps import steps_in_ours
from apps.scenarios.timeline.neutral.tax import tax_of
from apps.scenarios.timeline.rules import CatalogRules


@dataclass(frozen=True, slots=True)
class Translation:
    """A case in our schema, and the rules of its catalog that a catalog file does not hold."""

    case: dict[str, Any]
    rules: CatalogRules


def is_neutral(case: Case) -> bool:
    """Whether the catalog is in the neutral schema: its plans have amounts in place of prices."""
    catalog = case.get("catalog")
    plans = catalog.get("plans") or () if isinstance(catalog, Mapping) else ()
    return any("amount" in plan for plan in plans)


def translated(case: Case) -> Translation:
    """The same case in our schema.

    Raises:
        NotBuilt: the catalog has what ours does not have.
    """
    catalog, rules = catalog_in_ours(case), rules_of(case)
    said = {
        **case,
        **tax_of(case),
        "coupons": coupons_in_ours(case["catalog"].get("coupons") or ()),
        "customer": _customer(case),
        "catalog": catalog,
        "steps": steps_in_ours(case),
        "expect": expectations_in_ours(case),
    }
    return Translation(said, rules)


HOURS = 24
_CUSTOMER: Mapping[str, str] = {"timezone": "time_zone", "bill_cycle_day": "billing_day"}
# It says again what the policy `denominator` says.
_SAID_BY_POLICY = {"proration_fixed_days"}


def _customer(case: Case) -> dict[str, Any]:
    given = dict(case.get("customer") or {})
    grace = given.pop("invoice_grace_days", None)
    said = {_CUSTOMER.get(name, name): value for name, value in given.items() if name not in _SAID_BY_POLICY}
    return said if grace is None else said | {"invoice_grace_hours": HOURS * int(grace)}
