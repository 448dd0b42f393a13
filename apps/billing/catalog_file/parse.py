"""From the text of a catalog file to entries; docs/how-to/catalog.md tells the format."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from apps.billing.catalog_file.entries import (
    Catalog,
    ExclusionEntry,
    MatchEntry,
    MeterEntry,
    PlanEntry,
    ProductEntry,
)
from apps.billing.catalog_file.nodes import Entry, Source, read_document
from apps.billing.catalog_file.parse_rules import commitments_in, policies_in, thresholds_in
from apps.plans.enums import (
    Aggregation,
    BillingTiming,
    ChargeModel,
    Interval,
    LateUsage,
    PeriodAlignment,
    QuantityRounding,
    QuantitySource,
    TaxBehavior,
    TrialEnd,
    UniqueMode,
    UsageProration,
)
from apps.plans.models.product import STANDARD_TAX_CODE
from apps.plans.terms import PriceTerms, VersionTerms

METER_PREFIX = "meter:"
# An amount that is not a mapping is this parameter of these models.
SHORT_PARAMETER: Mapping[str, str] = {
    ChargeModel.FLAT: "amount",
    ChargeModel.PER_UNIT: "unit_amount",
}

_PRODUCT = ("code", "name", "description", "tax_code")
_METER = (
    "code",
    "name",
    "unit",
    "event",
    "aggregation",
    "property",
    "expression",
    "filters",
    "group_by",
    "unique",
    "carries_over",
    "percentile",
    "rounding",
    "rounding_precision",
    "late_usage",
    "late_usage_periods",
)
_PLAN = (
    "code",
    "product",
    "name",
    "description",
    "free",
    "public",
    "position",
    "brands",
    "archived",
    "published",
    "alignment",
    "trial",
    "highlights",
    *("interval", "interval_count", "policies", "commitment", "thresholds", "recurring_threshold"),
    "prices",
)
_PRICE = (
    *("code", "name", "model", "quantity", "interval", "interval_count", "timing", "usage_proration"),
    *("prorated", "tax_behavior", "tax_code", "amounts"),
)


@dataclass(frozen=True, slots=True)
class ParsedCatalog:
    """A file that could be read: its entries, and where each price of each plan stands in it."""

    catalog: Catalog
    source: Source
    price_places: tuple[tuple[str, ...], ...]
    """For each plan, the path of the mapping that each of its PriceTerms came from."""


def parse_catalog(*, text: str, filename: str) -> ParsedCatalog:
    """Read a catalog file; what it means is not judged yet (see check).

    Raises:
        CatalogInvalid: it cannot be read; `errors` names each place with its line (422).
    """
    root, source = read_document(text, filename)
    root.only(("products", "meters", "plans"))
    products = tuple(_product(entry) for entry in root.entries("products"))
    meters = tuple(_meter(entry) for entry in root.entries("meters"))
    plans = [_plan(entry) for entry in root.entries("plans")]
    source.raise_faults()
    catalog = Catalog(products, meters, tuple(plan for plan, _ in plans))
    return ParsedCatalog(catalog, source, tuple(places for _, places in plans))


def _product(entry: Entry) -> ProductEntry:
    entry.only(_PRODUCT)
    return ProductEntry(
        code=entry.text("code"),
        name=entry.text("name"),
        description=entry.text("description", ""),
        tax_code=entry.text("tax_code", STANDARD_TAX_CODE),
    )


def _meter(entry: Entry) -> MeterEntry:
    entry.only(_METER)
    return MeterEntry(
        code=entry.text("code"),
        name=entry.text("name"),
        event_name=entry.text("event"),
        aggregation=entry.choice("aggregation", Aggregation.values),
        unit_name=entry.text("unit", "unit"),
        value_property=entry.text("property", ""),
        value_expression=entry.text("expression", ""),
        filters=tuple(_filter(inner) for inner in entry.entries("filters")),
        group_by=entry.texts("group_by"),
        unique_mode=entry.choice("unique", UniqueMode.values, UniqueMode.DISTINCT),
        carries_over=entry.flag("carries_over", False),
        percentile=_percentile(entry),
        rounding=entry.choice("rounding", QuantityRounding.values, QuantityRounding.NONE),
        rounding_precision=_precision(entry),
        late_usage=entry.choice("late_usage", LateUsage.values, LateUsage.NEXT_INVOICE),
        late_usage_periods=(
            entry.number("late_usage_periods", 0) if entry.has("late_usage_periods") else None
        ),
    )


def _filter(entry: Entry) -> MatchEntry | ExclusionEntry:
    if not entry.has("exclude"):
        return _match(entry)
    entry.only(("exclude",))
    return ExclusionEntry(tuple(_match(inner) for inner in entry.entries("exclude")))


def _match(entry: Entry) -> MatchEntry:
    entry.only(("property", "values"))
    return MatchEntry(entry.text("property"), entry.texts("values"))


def _percentile(entry: Entry) -> Decimal | None:
    text = entry.text("percentile", "")
    if text and not re.fullmatch(r"\d{1,3}(\.\d{1,2})?", text, re.ASCII):
        entry.refuse("percentile", "not_a_number", "This must be a number such as 95 or 99.9.")
        return None
    return Decimal(text) if text else None


def _precision(entry: Entry) -> int:
    """Maybe negative."""
    text = entry.text("rounding_precision", "0")
    if re.fullmatch(r"-?\d{1,2}", text, re.ASCII):
        return int(text)
    entry.refuse("rounding_precision", "not_a_number", "This must be a whole number; -2 rounds to hundreds.")
    return 0


def _plan(entry: Entry) -> tuple[PlanEntry, tuple[str, ...]]:
    entry.only(_PLAN)
    prices, places = [], []
    for inner in entry.entries("prices"):
        for terms in _prices(inner, entry):
            prices.append(terms)
            places.append(inner.path)
    plan = PlanEntry(
        code=entry.text("code"),
        product=entry.text("product"),
        name=entry.text("name"),
        terms=_terms(entry, tuple(prices)),
        description=entry.text("description", ""),
        is_free=entry.flag("free", False),
        is_public=entry.flag("public", True),
        position=entry.number("position", 0),
        brands=tuple(sorted(set(entry.texts("brands")))),
        is_archived=entry.flag("archived", False),
        is_published=entry.flag("published", True),
    )
    return plan, tuple(places)


def _terms(entry: Entry, prices: tuple[PriceTerms, ...]) -> VersionTerms:
    trial = entry.entry("trial")
    trial.only(("days", "card", "at_end", "fallback"))
    return VersionTerms(
        prices=prices,
        alignment=entry.choice("alignment", PeriodAlignment.values, PeriodAlignment.ANNIVERSARY),
        trial_days=trial.number("days", 0),
        trial_requires_card=trial.flag("card", False),
        trial_end=trial.choice("at_end", TrialEnd.values, TrialEnd.CONVERT),
        trial_end_plan=trial.text("fallback") if trial.has("fallback") else None,
        highlights=entry.texts("highlights"),
        policies=policies_in(entry),
        commitments=commitments_in(entry),
        thresholds=thresholds_in(entry),
    )


def _prices(entry: Entry, plan: Entry) -> Iterator[PriceTerms]:
    """One price of the file in each of its currencies; cadence left out is the plan's."""
    entry.only(_PRICE)
    source, meter = _quantity(entry)
    fixed = source == QuantitySource.FIXED
    model = entry.choice("model", ChargeModel.values, ChargeModel.FLAT if fixed else ChargeModel.PER_UNIT)
    metered = source == QuantitySource.METER
    timing = BillingTiming.IN_ARREARS if metered else BillingTiming.IN_ADVANCE
    shared: dict[str, Any] = {
        "code": entry.text("code"),
        "name": entry.text("name"),
        "model": model,
        "quantity_source": source,
        "meter": meter,
        "interval": _cadence(entry, plan).choice("interval", Interval.values, Interval.MONTH),
        "interval_count": _cadence(entry, plan, "interval_count").number("interval_count", 1),
        "timing": entry.choice("timing", BillingTiming.values, timing),
        "usage_proration": entry.choice("usage_proration", UsageProration.values, UsageProration.NONE),
        "prorated": entry.flag("prorated", True),
        "tax_behavior": entry.choice("tax_behavior", TaxBehavior.values, TaxBehavior.EXCLUSIVE),
        "tax_code": entry.text("tax_code", ""),
    }
    amounts = list(entry.entry("amounts").values())
    if not amounts:
        entry.refuse("amounts", "missing", "A price needs an amount in at least one currency.")
    for currency, amount in amounts:
        yield PriceTerms(**shared, currency=currency, parameters=_parameters(entry, model, currency, amount))


def _cadence(entry: Entry, plan: Entry, key: str = "interval") -> Entry:
    return entry if entry.has(key) else plan


def _quantity(entry: Entry) -> tuple[str, str | None]:
    text = entry.text("quantity", QuantitySource.FIXED)
    if text.startswith(METER_PREFIX):
        return QuantitySource.METER, text.removeprefix(METER_PREFIX).strip()
    if text not in {QuantitySource.FIXED, QuantitySource.SEATS}:
        message = f"'{text}' is not known; write fixed, seats or meter:<code>."
        entry.refuse("quantity", "unknown_choice", message)
    return text, None


def _parameters(entry: Entry, model: str, currency: str, amount: Any) -> dict[str, Any]:
    if isinstance(amount, dict):
        return amount
    if isinstance(amount, str) and model in SHORT_PARAMETER:
        return {SHORT_PARAMETER[model]: amount}
    message = f"Write the parameters of the model '{model}' as a mapping."
    entry.refuse(f"amounts.{currency}", "not_a_mapping", message)
    return {}
