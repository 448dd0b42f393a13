"""From entries to the text of a catalog file: one way of writing each thing, defaults left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

import yaml

from apps.billing.catalog_file.entries import (
    Catalog,
    ExclusionEntry,
    MatchEntry,
    MeterEntry,
    PlanEntry,
    ProductEntry,
)
from apps.billing.catalog_file.parse import METER_PREFIX, SHORT_PARAMETER
from apps.plans.enums import (
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
from apps.plans.terms import COMMITMENT_NAME, PriceTerms, ThresholdTerms, VersionTerms
from apps.pricing.money import Money

HEADER = "# Catalog of Monetize; docs/how-to/catalog.md tells the format.\n"


class _OneLine(dict[str, Any]):
    """A mapping that is written on one line."""


class _OneLineList(list[Any]):
    """A list that is written on one line."""


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        # Lists stand below their key, as people write them.
        super().increase_indent(flow, False)


def _one_line(dumper: _Dumper, value: _OneLine) -> yaml.Node:
    return dumper.represent_mapping("tag:yaml.org,2002:map", value, flow_style=True)


def _one_line_list(dumper: _Dumper, value: _OneLineList) -> yaml.Node:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=True)


def _text(dumper: _Dumper, value: str) -> yaml.Node:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(_OneLine, _one_line)
_Dumper.add_representer(_OneLineList, _one_line_list)
_Dumper.add_representer(str, _text)


def write_catalog(catalog: Catalog) -> str:
    """The text of a file that says exactly this; the same catalog always gives the same bytes."""
    sections = {
        "products": [product_mapping(product) for product in catalog.products],
        "meters": [meter_mapping(meter) for meter in catalog.meters],
        "plans": [plan_mapping(plan) for plan in catalog.plans],
    }
    written = [
        yaml.dump({name: entries}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)
        for name, entries in sections.items()
        if entries
    ]
    return HEADER + "".join(f"\n{section}" for section in written)


def product_mapping(product: ProductEntry) -> dict[str, Any]:
    return {
        "code": product.code,
        "name": product.name,
        **_unless("description", product.description, ""),
        **_unless("tax_code", product.tax_code, STANDARD_TAX_CODE),
    }


def meter_mapping(meter: MeterEntry) -> dict[str, Any]:
    filters = [_filter_mapping(entry) for entry in meter.filters]
    percentile = None if meter.percentile is None else f"{meter.percentile.normalize():f}"
    return {
        "code": meter.code,
        "name": meter.name,
        **_unless("unit", meter.unit_name, "unit"),
        "event": meter.event_name,
        "aggregation": meter.aggregation,
        **_unless("property", meter.value_property, ""),
        **_unless("expression", meter.value_expression, ""),
        **_unless("filters", filters, []),
        **_unless("group_by", _OneLineList(meter.group_by), []),
        **_unless("unique", meter.unique_mode, UniqueMode.DISTINCT),
        **_unless("carries_over", meter.carries_over, False),
        **_unless("percentile", percentile, None),
        **_unless("rounding", meter.rounding, QuantityRounding.NONE),
        **_unless("rounding_precision", meter.rounding_precision, 0),
        **_unless("late_usage", meter.late_usage, LateUsage.NEXT_INVOICE),
        **_unless("late_usage_periods", meter.late_usage_periods, None),
    }


def _filter_mapping(entry: MatchEntry | ExclusionEntry) -> dict[str, Any]:
    if isinstance(entry, ExclusionEntry):
        return _OneLine(exclude=[_filter_mapping(match) for match in entry.matches])
    return _OneLine(property=entry.property, values=_OneLineList(entry.values))


def plan_mapping(plan: PlanEntry) -> dict[str, Any]:
    terms = plan.terms
    return {
        "code": plan.code,
        "product": plan.product,
        "name": plan.name,
        **_unless("description", plan.description, ""),
        **_unless("free", plan.is_free, False),
        **_unless("public", plan.is_public, True),
        **_unless("position", plan.position, 0),
        **_unless("brands", _OneLineList(plan.brands), []),
        **_unless("archived", plan.is_archived, False),
        **_unless("published", plan.is_published, True),
        **terms_mapping(terms),
    }


def terms_mapping(terms: VersionTerms) -> dict[str, Any]:
    """The part of a plan's mapping that its versions hold."""
    first = terms.prices[0] if terms.prices else None
    interval = first.interval if first else str(Interval.MONTH)
    count = first.interval_count if first else 1
    return {
        **_unless("alignment", terms.alignment, PeriodAlignment.ANNIVERSARY),
        **_unless("trial", _trial_mapping(terms), {}),
        **_unless("highlights", list(terms.highlights), []),
        **_unless("policies", _OneLine(sorted(terms.policies.items())), {}),
        **rules_mapping(terms),
        **_unless("interval", interval, Interval.MONTH),
        **_unless("interval_count", count, 1),
        "prices": list(_price_mappings(terms.prices, interval, count)),
    }


def rules_mapping(terms: VersionTerms) -> dict[str, Any]:
    """Commitment and thresholds; amounts in major units, with all decimals of their currency."""
    rules: dict[str, Any] = {}
    if terms.commitments:
        amounts = {one.currency: _major(one.amount_minor, one.currency) for one in terms.commitments}
        name = terms.commitments[0].name
        rules["commitment"] = {**_unless("name", name, COMMITMENT_NAME), "amounts": _OneLine(amounts)}
    once = _by_rank(rule for rule in terms.thresholds if not rule.is_recurring)
    recurring = _by_rank(rule for rule in terms.thresholds if rule.is_recurring)
    return {
        **rules,
        **({"thresholds": once} if once else {}),
        **({"recurring_threshold": recurring[0]} if recurring else {}),
    }


def _by_rank(rules: Iterable[ThresholdTerms]) -> list[_OneLine]:
    """The lowest threshold of each currency in one mapping, then the second, and so on."""
    ranks: list[_OneLine] = []
    for _, group in groupby(sorted(rules, key=_place), key=lambda rule: rule.currency):
        for rank, rule in enumerate(group):
            if rank == len(ranks):
                ranks.append(_OneLine())
            ranks[rank][rule.currency] = _major(rule.amount_minor, rule.currency)
    return ranks


def _place(rule: ThresholdTerms) -> tuple[str, int]:
    return rule.currency, rule.amount_minor


def _major(minor: int, currency: str) -> str:
    return str(Money(minor, currency).major)


def _trial_mapping(terms: VersionTerms) -> dict[str, Any]:
    return _OneLine(
        **_unless("days", terms.trial_days, 0),
        **_unless("card", terms.trial_requires_card, False),
        **_unless("at_end", terms.trial_end, TrialEnd.CONVERT),
        **_unless("fallback", terms.trial_end_plan, None),
    )


def _price_mappings(prices: tuple[PriceTerms, ...], interval: str, count: int) -> Iterator[dict[str, Any]]:
    for _, group in groupby(prices, key=lambda price: price.code):
        yield _price_mapping(list(group), interval, count)


def _price_mapping(prices: list[PriceTerms], interval: str, count: int) -> dict[str, Any]:
    price = prices[0]
    fixed = price.quantity_source == QuantitySource.FIXED
    metered = price.quantity_source == QuantitySource.METER
    quantity = f"{METER_PREFIX}{price.meter}" if metered else str(price.quantity_source)
    timing = BillingTiming.IN_ARREARS if metered else BillingTiming.IN_ADVANCE
    amounts = {p.currency: _amount(p) for p in prices}
    if all(isinstance(amount, str) for amount in amounts.values()):
        amounts = _OneLine(amounts)
    return {
        "code": price.code,
        "name": price.name,
        **_unless("model", price.model, ChargeModel.FLAT if fixed else ChargeModel.PER_UNIT),
        **_unless("quantity", quantity, QuantitySource.FIXED),
        **_unless("interval", price.interval, interval),
        **_unless("interval_count", price.interval_count, count),
        **_unless("timing", price.timing, timing),
        **_unless("usage_proration", price.usage_proration, UsageProration.NONE),
        **_unless("prorated", price.prorated, True),
        **_unless("tax_behavior", price.tax_behavior, TaxBehavior.EXCLUSIVE),
        **_unless("tax_code", price.tax_code, ""),
        "amounts": amounts,
    }


def _amount(price: PriceTerms) -> Any:
    short = SHORT_PARAMETER.get(price.model)
    if short is not None and set(price.parameters) == {short}:
        return price.parameters[short]
    parameters = _sorted(price.parameters)
    if not parameters.keys() & _LISTS:
        return _OneLine(parameters)
    lists = {key: [_OneLine(entry) for entry in parameters[key]] for key in _LISTS if key in parameters}
    rest = {
        key: _OneLine(v) if isinstance(v, dict) else v for key, v in parameters.items() if key not in lists
    }
    return rest | lists


# Written with a line for each entry.
_LISTS = ("rows", "tiers")
# JSON columns do not keep the order of keys: a fixed one makes equal prices equal texts.
_KEY_ORDER = (
    *("dimension", "dimensions", "match", "limits", "up_to", "block_size", "max_blocks", "block_amount"),
    *("unit_amount", "rate_percent", "flat_amount", "max_amount", "package_size", "amount", "free_units"),
    *("model", "parameters"),
)


def _sorted(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_sorted(inner) for inner in value]
    if not isinstance(value, Mapping):
        return value
    known = {key: _sorted(value[key]) for key in _KEY_ORDER if key in value}
    return known | {key: _sorted(value[key]) for key in sorted(value) if key not in known}


def _unless(key: str, value: Any, default: Any) -> dict[str, Any]:
    # Choices are written as plain texts, not as members of their enum.
    plain = str(value) if isinstance(value, str) else value
    return {} if value == default else {key: plain}
