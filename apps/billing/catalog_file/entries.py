"""What a catalog file says, as plain values; stored rows are read into the same shape to be compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from apps.plans.enums import LateUsage, QuantityRounding, UniqueMode
from apps.plans.models.product import STANDARD_TAX_CODE
from apps.plans.terms import VersionTerms


@dataclass(frozen=True, slots=True)
class ProductEntry:
    code: str
    name: str
    description: str = ""
    tax_code: str = STANDARD_TAX_CODE


@dataclass(frozen=True, slots=True)
class MatchEntry:
    """A property with the values that match."""

    property: str
    values: tuple[str, ...]

    def row(self) -> dict[str, object]:
        return {"property": self.property, "values": list(self.values)}


@dataclass(frozen=True, slots=True)
class ExclusionEntry:
    """What matches all of these does not count."""

    matches: tuple[MatchEntry, ...]

    def row(self) -> dict[str, object]:
        return {"exclude": [match.row() for match in self.matches]}


@dataclass(frozen=True, slots=True)
class MeterEntry:
    """A meter; `filters` stand in the order of the file."""

    code: str
    name: str
    event_name: str
    aggregation: str
    unit_name: str = "unit"
    value_property: str = ""
    value_expression: str = ""
    filters: tuple[MatchEntry | ExclusionEntry, ...] = ()
    group_by: tuple[str, ...] = ()
    unique_mode: str = UniqueMode.DISTINCT
    carries_over: bool = False
    percentile: Decimal | None = None
    rounding: str = QuantityRounding.NONE
    rounding_precision: int = 0
    late_usage: str = LateUsage.NEXT_INVOICE
    late_usage_periods: int | None = None

    def fields(self) -> dict[str, Any]:
        """What a meter's row holds, its code apart."""
        plain = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "code"}
        rows = [entry.row() for entry in self.filters]
        return {**plain, "filters": rows, "group_by": list(self.group_by)}


@dataclass(frozen=True, slots=True)
class PlanEntry:
    """A plan with the terms of one version. `product`, `brands` and the fallback are codes."""

    code: str
    product: str
    name: str
    terms: VersionTerms
    description: str = ""
    is_free: bool = False
    is_public: bool = True
    position: int = 0
    brands: tuple[str, ...] = ()
    is_archived: bool = False
    is_published: bool = True


@dataclass(frozen=True, slots=True)
class Catalog:
    """Products, meters and plans, each list in the order of its file."""

    products: tuple[ProductEntry, ...]
    meters: tuple[MeterEntry, ...]
    plans: tuple[PlanEntry, ...]


# Where a catalog file says what VersionTerms calls by another name.
FILE_NAMES: Mapping[str, str] = {
    "trial_days": "trial.days",
    "trial_requires_card": "trial.card",
    "trial_end": "trial.at_end",
    "trial_end_plan": "trial.fallback",
    "quantity_source": "quantity",
    "meter": "quantity",
    "event_name": "event",
    "unit_name": "unit",
    "value_property": "property",
    "value_expression": "expression",
    "unique_mode": "unique",
}
