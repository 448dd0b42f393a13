"""What a catalog file means, judged together with what is stored: references, terms, frozen parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from apps.accounts.models import Brand
from apps.billing.catalog_file.entries import FILE_NAMES, MeterEntry, PlanEntry
from apps.billing.catalog_file.parse import SHORT_PARAMETER, ParsedCatalog
from apps.billing.catalog_file.stored import (
    StoredPlan,
    stored_meters,
    stored_plans,
    stored_products,
)
from apps.core.errors import FieldError
from apps.plans.enums import VersionStatus
from apps.plans.meter_validation import meter_faults
from apps.plans.models import Price
from apps.plans.price_validation import tax_code_faults
from apps.plans.services.update_meter import COUNTING
from apps.plans.validation import fallback_faults, version_faults


def check_catalog(parsed: ParsedCatalog) -> None:
    """Refuse a file that could not be imported as a whole.

    Raises:
        CatalogInvalid: `errors` names each place with its line (422).
    """
    _Check(parsed).run()


class _Check:
    """One checking of one file against one state of the database."""

    def __init__(self, parsed: ParsedCatalog) -> None:
        self.parsed = parsed
        self.source = parsed.source
        catalog = parsed.catalog
        self.plans = stored_plans()
        self.meters = stored_meters()
        self.products = {p.code for p in catalog.products} | set(stored_products())
        self.meter_codes = {m.code for m in catalog.meters} | set(self.meters)
        self.brands = set(Brand.objects.values_list("code", flat=True))
        # Within one file the last of two equal codes would win silently, so they are refused first.
        self.by_code = {plan.code: plan for plan in catalog.plans}

    def run(self) -> None:
        catalog = self.parsed.catalog
        for section in ("products", "meters", "plans"):
            self._refuse_twins(section, getattr(catalog, section))
        for index, product in enumerate(catalog.products):
            self._lengths(f"products[{index}]", {"name": (product.name, 120), "code": (product.code, 60)})
            for fault in tax_code_faults("tax_code", product.tax_code):
                self._refuse(f"products[{index}]", fault)
        for index, meter in enumerate(catalog.meters):
            self._meter(f"meters[{index}]", meter)
        for index, plan in enumerate(catalog.plans):
            self._plan(f"plans[{index}]", plan, self.parsed.price_places[index])
        self.source.raise_faults()

    def _refuse_twins(self, section: str, entries: Sequence[Any]) -> None:
        seen: set[str] = set()
        for index, entry in enumerate(entries):
            if entry.code in seen:
                message = f"'{entry.code}' stands in {section} twice."
                self.source.refuse(f"{section}[{index}].code", "duplicate", message)
            seen.add(entry.code)

    def _lengths(self, path: str, texts: Mapping[str, tuple[str, int]]) -> None:
        for name, (text, limit) in texts.items():
            if not 1 <= len(text) <= limit:
                message = f"This must have 1 to {limit} characters."
                self.source.refuse(f"{path}.{name}", "invalid_length", message)

    def _meter(self, path: str, meter: MeterEntry) -> None:
        self._lengths(
            path,
            {
                "code": (meter.code, 60),
                "name": (meter.name, 120),
                "unit": (meter.unit_name, 40),
                "event": (meter.event_name, 120),
            },
        )
        for fault in meter_faults({"code": meter.code, **meter.fields()}):
            self._refuse(path, fault)
        self._refuse_frozen_meter(path, meter)

    def _refuse_frozen_meter(self, path: str, meter: MeterEntry) -> None:
        stored = self.meters.get(meter.code)
        if stored is None or not _is_sold(meter.code):
            return
        for name in sorted(COUNTING):
            if getattr(stored, name) != getattr(meter, name):
                message = f"A published price reads '{meter.code}': what it counts is frozen."
                self.source.refuse(f"{path}.{FILE_NAMES.get(name, name)}", "meter_frozen", message)

    def _plan(self, path: str, plan: PlanEntry, places: Sequence[str]) -> None:
        self._lengths(path, {"code": (plan.code, 60), "name": (plan.name, 120)})
        if plan.product not in self.products:
            message = f"There is no product '{plan.product}'."
            self.source.refuse(f"{path}.product", "unknown_product", message)
        for brand in sorted(set(plan.brands) - self.brands):
            self.source.refuse(f"{path}.brands", "unknown_brand", f"There is no brand '{brand}'.")
        stored = self.plans.get(plan.code)
        if stored is not None and stored.published and stored.entry.is_free != plan.is_free:
            message = f"'{plan.code}' was published: whether it is free does not change."
            self.source.refuse(f"{path}.free", "version_frozen", message)
        for fault in version_faults(plan.terms, is_free=plan.is_free, meters=self.meter_codes):
            self._refuse_term(path, fault, plan, places)
        self._fallback(path, plan)

    def _fallback(self, path: str, plan: PlanEntry) -> None:
        code = plan.terms.trial_end_plan
        if code is None:
            return
        entry, stored = self.by_code.get(code), self.plans.get(code)
        if entry is None and stored is None:
            message = f"There is no plan '{code}'."
            self.source.refuse(f"{path}.trial.fallback", "unknown_plan", message)
            return
        if not plan.is_published:
            return
        is_free = entry.is_free if entry is not None else _is_free(stored)
        for fault in fallback_faults(
            plan.terms,
            fallback_is_free=is_free,
            fallback_currencies=_published_currencies(entry, stored),
        ):
            self._refuse(path, fault)

    def _refuse_term(self, path: str, fault: FieldError, plan: PlanEntry, places: Sequence[str]) -> None:
        field = fault.field or ""
        if field.startswith(("commitments", "thresholds")):
            section = "commitment" if field.startswith("commitments") else _thresholds_place(plan, field)
            self.source.refuse(f"{path}.{section}", fault.code, fault.message)
            return
        if not field.startswith("prices["):
            self._refuse(path, fault)
            return
        number, _, rest = field.removeprefix("prices[").partition("]")
        price = plan.terms.prices[int(number)]
        amounts = f"{places[int(number)]}.amounts"
        name = rest.removeprefix(".")
        if name == "currency":
            place = f"{amounts}.{price.currency}" if fault.code != "currency_missing" else amounts
        elif name == f"parameters.{SHORT_PARAMETER.get(price.model)}":
            place = self._amount_place(f"{amounts}.{price.currency}", name)
        elif name.startswith("parameters"):
            place = f"{amounts}.{price.currency}{name.removeprefix('parameters')}"
        else:
            place = f"{places[int(number)]}.{FILE_NAMES.get(name, name)}"
        self.source.refuse(place, fault.code, fault.message)

    def _amount_place(self, place: str, name: str) -> str:
        """An amount written short has no key of its own in the file."""
        long = place + name.removeprefix("parameters")
        return long if long in self.source.lines else place

    def _refuse(self, path: str, fault: FieldError) -> None:
        name = fault.field or ""
        self.source.refuse(f"{path}.{FILE_NAMES.get(name, name)}", fault.code, fault.message)


def _thresholds_place(plan: PlanEntry, field: str) -> str:
    """The key of the file under which a threshold stands."""
    number = field.removeprefix("thresholds[").partition("]")[0]
    recurring = number.isdigit() and plan.terms.thresholds[int(number)].is_recurring
    return "recurring_threshold" if recurring else "thresholds"


def _is_sold(meter_code: str) -> bool:
    published = VersionStatus.PUBLISHED
    return Price.objects.filter(meter__code=meter_code, version__status=published).exists()


def _is_free(stored: StoredPlan | None) -> bool:
    return stored is not None and stored.entry.is_free


def _published_currencies(entry: PlanEntry | None, stored: StoredPlan | None) -> frozenset[str]:
    """The currencies in which a plan is sold once the file is imported."""
    if entry is not None and entry.is_published:
        return entry.terms.currencies
    if stored is not None and stored.published is not None:
        return stored.published.currencies
    return frozenset()
