"""What a catalog file says, as plain values; stored rows are read into the same shape to be compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from apps.plans.terms import VersionTerms


@dataclass(frozen=True, slots=True)
class ProductEntry:
    code: str
    name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class MeterEntry:
    """`filters` are (property, values) pairs: an event must match all of them."""

    code: str
    name: str
    event_name: str
    aggregation: str
    unit_name: str = "unit"
    value_property: str = ""
    filters: tuple[tuple[str, tuple[str, ...]], ...] = ()
    group_by: tuple[str, ...] = ()

    def filter_rows(self) -> list[dict[str, object]]:
        """The filters as a meter's row holds them."""
        return [{"property": name, "values": list(values)} for name, values in self.filters]


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
}
