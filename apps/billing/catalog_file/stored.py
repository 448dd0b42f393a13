"""The stored catalog in the shape of a file's entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.billing.catalog_file.entries import (
    Catalog,
    ExclusionEntry,
    MatchEntry,
    MeterEntry,
    PlanEntry,
    ProductEntry,
)
from apps.plans.enums import VersionStatus
from apps.plans.models import Meter, Plan, Product
from apps.plans.selectors import terms_of
from apps.plans.terms import VersionTerms


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A plan with its newest published version and its draft, either of which may be missing.

    `entry` says what an export would: the published terms, or the draft's where nothing was published.
    """

    entry: PlanEntry
    published: VersionTerms | None
    draft: VersionTerms | None
    next_number: int
    """Of the version that the next import writes: the draft's own number if there is one."""


def stored_catalog() -> Catalog:
    """Everything that an export holds: products and meters by code, plans by position and code."""
    plans = [plan.entry for plan in stored_plans().values() if plan.published or plan.draft]
    return Catalog(
        products=tuple(stored_products().values()),
        meters=tuple(stored_meters().values()),
        plans=tuple(plans),
    )


def stored_products() -> dict[str, ProductEntry]:
    rows = Product.objects.order_by("code")
    return {row.code: ProductEntry(row.code, row.name, row.description, row.tax_code) for row in rows}


def stored_meters() -> dict[str, MeterEntry]:
    return {row.code: _meter_entry(row) for row in Meter.objects.order_by("code")}


def stored_plans() -> dict[str, StoredPlan]:
    rows = Plan.objects.select_related("product").prefetch_related("brands")
    return {row.code: _stored_plan(row) for row in rows.order_by("position", "code")}


def _meter_entry(row: Meter) -> MeterEntry:
    return MeterEntry(
        code=row.code,
        name=row.name,
        event_name=row.event_name,
        aggregation=row.aggregation,
        unit_name=row.unit_name,
        value_property=row.value_property,
        value_expression=row.value_expression,
        filters=tuple(_filter_entry(entry) for entry in row.filters),
        group_by=tuple(row.group_by),
        unique_mode=row.unique_mode,
        carries_over=row.carries_over,
        percentile=row.percentile,
        rounding=row.rounding,
        rounding_precision=row.rounding_precision,
        late_usage=row.late_usage,
        late_usage_periods=row.late_usage_periods,
    )


def _filter_entry(entry: Mapping[str, Any]) -> MatchEntry | ExclusionEntry:
    if "exclude" in entry:
        return ExclusionEntry(tuple(_match_entry(inner) for inner in entry["exclude"]))
    return _match_entry(entry)


def _match_entry(entry: Mapping[str, Any]) -> MatchEntry:
    return MatchEntry(entry["property"], tuple(entry["values"]))


def _stored_plan(row: Plan) -> StoredPlan:
    versions = list(row.versions.select_related("trial_end_plan").order_by("-number"))
    draft = next((v for v in versions if v.status == VersionStatus.DRAFT), None)
    newest = next((v for v in versions if v.status == VersionStatus.PUBLISHED), None)
    published = None if newest is None else terms_of(newest)
    drafted = None if draft is None else terms_of(draft)
    highest = versions[0].number if versions else 0
    entry = PlanEntry(
        code=row.code,
        product=row.product.code,
        name=row.name,
        terms=published or drafted or VersionTerms(prices=()),
        description=row.description,
        is_free=row.is_free,
        is_public=row.is_public,
        position=row.position,
        brands=tuple(sorted(brand.code for brand in row.brands.all())),
        is_archived=row.archived_at is not None,
        is_published=published is not None,
    )
    return StoredPlan(entry, published, drafted, highest if draft is not None else highest + 1)
