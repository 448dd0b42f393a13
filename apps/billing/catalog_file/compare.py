"""What an import would change: the entries of a file against the stored ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from apps.billing.catalog_file.entries import Catalog, MeterEntry, PlanEntry, ProductEntry
from apps.billing.catalog_file.stored import (
    StoredPlan,
    stored_meters,
    stored_plans,
    stored_products,
)
from apps.billing.catalog_file.write import (
    meter_mapping,
    plan_mapping,
    product_mapping,
    terms_mapping,
)
from apps.plans.terms import VersionTerms

AnyEntry = TypeVar("AnyEntry", ProductEntry, MeterEntry)


@dataclass(frozen=True, slots=True)
class EntryChange:
    """One row that the import creates or changes; `details` say what differs, one line each."""

    kind: str
    """product, meter or plan."""
    entry: ProductEntry | MeterEntry | PlanEntry
    is_new: bool
    details: tuple[str, ...]

    def __str__(self) -> str:
        return f"{'+' if self.is_new else '~'} {self.kind} {self.entry.code}"


@dataclass(frozen=True, slots=True)
class VersionChange:
    """One version that the import writes, and publishes if the file says so."""

    entry: PlanEntry
    number: int
    details: tuple[str, ...]

    def __str__(self) -> str:
        state = "published" if self.entry.is_published else "draft"
        return f"{'+' if self.number == 1 else '~'} plan {self.entry.code}: version {self.number}, {state}"


@dataclass(frozen=True, slots=True)
class CatalogChanges:
    """Everything that an import does, in the order in which it does it."""

    entries: tuple[EntryChange, ...]
    versions: tuple[VersionChange, ...]
    left_alone: tuple[str, ...]
    """What is stored and not in the file: an import never deletes."""

    def __len__(self) -> int:
        return len(self.entries) + len(self.versions)

    def lines(self) -> Iterator[str]:
        """The changes for people, details indented below their change."""
        changes: tuple[EntryChange | VersionChange, ...] = (*self.entries, *self.versions)
        for change in changes:
            yield str(change)
            yield from (f"    {detail}" for detail in change.details)


def catalog_changes(catalog: Catalog) -> CatalogChanges:
    """Compare a checked catalog with what is stored."""
    products, meters, plans = stored_products(), stored_meters(), stored_plans()
    entries = [
        *_entry_changes("product", catalog.products, products, product_mapping),
        *_entry_changes("meter", catalog.meters, meters, meter_mapping),
        *_plan_changes(catalog.plans, plans),
    ]
    # A fallback plan is published before the plan whose trial falls back to it.
    ordered = sorted(catalog.plans, key=lambda plan: plan.terms.trial_end_plan is not None)
    changed = (_version_change(entry, plans.get(entry.code)) for entry in ordered)
    versions = tuple(change for change in changed if change is not None)
    left_alone = (
        *_unnamed("product", products, catalog.products),
        *_unnamed("meter", meters, catalog.meters),
        *_unnamed("plan", plans, catalog.plans),
    )
    return CatalogChanges(tuple(entries), versions, left_alone)


def _unnamed(
    kind: str,
    stored: Mapping[str, object],
    entries: Sequence[ProductEntry | MeterEntry | PlanEntry],
) -> Iterator[str]:
    named = {entry.code for entry in entries}
    return (f"{kind} {code}" for code in stored if code not in named)


def _entry_changes(
    kind: str,
    entries: tuple[AnyEntry, ...],
    stored: Mapping[str, AnyEntry],
    mapping: Callable[[AnyEntry], dict[str, Any]],
) -> Iterator[EntryChange]:
    for entry in entries:
        before = stored.get(entry.code)
        if before is None:
            yield EntryChange(kind, entry, True, ())
        elif before != entry:
            details = tuple(_differences(mapping(before), mapping(entry)))
            yield EntryChange(kind, entry, False, details)


def _plan_changes(entries: tuple[PlanEntry, ...], stored: Mapping[str, StoredPlan]) -> Iterator[EntryChange]:
    for entry in entries:
        before = stored.get(entry.code)
        if before is None:
            yield EntryChange("plan", entry, True, ())
            continue
        # Terms and their publishing are changes of a version, not of the plan.
        old = replace(before.entry, terms=entry.terms, is_published=entry.is_published)
        if old != entry:
            details = tuple(_differences(plan_mapping(old), plan_mapping(entry)))
            yield EntryChange("plan", entry, False, details)


def _version_change(entry: PlanEntry, stored: StoredPlan | None) -> VersionChange | None:
    if stored is None:
        return VersionChange(entry, 1, ())
    known = [stored.published] if entry.is_published else [stored.published, stored.draft]
    wanted = terms_mapping(entry.terms)
    if any(terms is not None and terms_mapping(terms) == wanted for terms in known):
        return None
    before: VersionTerms | None = stored.published or stored.draft
    old = {} if before is None else terms_mapping(before)
    details = tuple(_differences(old, wanted)) if stored.published or stored.draft else ()
    return VersionChange(entry, stored.next_number, details)


def _differences(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """The places where two mappings differ; entries of lists are matched by their code."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys([*old, *new]):
            inner = f"{path}.{key}" if path else str(key)
            yield from _differences(old.get(key), new.get(key), inner)
    elif _has_codes(old) and _has_codes(new):
        by_code = [{entry["code"]: entry for entry in entries} for entries in (old, new)]
        yield from _differences(by_code[0], by_code[1], path)
        if list(by_code[0]) != list(by_code[1]) and set(by_code[0]) == set(by_code[1]):
            yield f"{path}: another order"
    elif old != new:
        yield f"{path}: {_shown(old)} → {_shown(new)}"


def _has_codes(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(e, dict) and "code" in e for e in value)


def _shown(value: Any) -> str:
    return "(none)" if value is None else json.dumps(value, ensure_ascii=False)
