"""What makes the terms of a version sellable. Every fault is found at once, each with the path of its place.

Paths are those of `VersionTerms`: `prices[3].parameters.tiers[1].up_to`, `trial_end_plan`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from apps.core.errors import FieldError
from apps.plans.enums import (
    Aggregation,
    BillingTiming,
    Interval,
    PeriodAlignment,
    QuantitySource,
    TrialEnd,
)
from apps.plans.terms import PriceTerms, VersionTerms
from apps.pricing.charge_price import parse_price
from apps.pricing.errors import PricingError
from apps.pricing.periods.cadence import Cadence
from apps.pricing.periods.cadence import Interval as CadenceInterval

MAX_TRIAL_DAYS = 730
MAX_INTERVAL_COUNT = 100
_CODE = re.compile(r"[A-Za-z0-9_-]{1,60}")
# Prices that share a code are one price in several currencies: all of this is the same for each.
_SHARED = ("name", "model", "quantity_source", "meter", "interval", "interval_count", "timing")
_AMOUNT_KEYS = frozenset({"amount", "unit_amount", "flat_amount"})


def version_faults(terms: VersionTerms, *, is_free: bool, meters: Collection[str]) -> list[FieldError]:
    """Every reason why these terms cannot be sold; empty when they can. `meters` are the codes that exist."""
    faults = [*_trial_faults(terms, is_free=is_free), *_highlight_faults(terms)]
    if terms.alignment not in PeriodAlignment.values:
        faults.append(_unknown("alignment", terms.alignment, PeriodAlignment.values))
    if not terms.prices:
        faults.append(FieldError("prices", "missing", "A plan needs at least one price."))
    for index, price in enumerate(terms.prices):
        faults += price_faults(price, path=f"prices[{index}]", is_free=is_free, meters=meters)
    return faults + list(_currency_faults(terms.prices)) + list(_fit_faults(terms))


def price_faults(
    price: PriceTerms, *, path: str, is_free: bool, meters: Collection[str]
) -> Iterator[FieldError]:
    """The faults of one price alone."""
    if not _CODE.fullmatch(price.code):
        yield FieldError(f"{path}.code", "invalid_code", "A code has letters, digits, - and _ only.")
    if not 1 <= len(price.name.strip()) <= 120:
        yield FieldError(f"{path}.name", "invalid_name", "A price has a name of 1 to 120 characters.")
    yield from _model_faults(price, path, is_free=is_free)
    yield from _quantity_faults(price, path, meters)
    yield from _cadence_faults(price, path)


def fallback_faults(
    terms: VersionTerms, *, fallback_is_free: bool, fallback_currencies: Collection[str]
) -> Iterator[FieldError]:
    """Faults of the plan that an unpaid trial falls back to; the currencies are of its published prices."""
    if not fallback_is_free:
        yield FieldError("trial_end_plan", "not_free", f"'{terms.trial_end_plan}' is not a free plan.")
    missing = sorted(terms.currencies - set(fallback_currencies))
    if missing:
        message = f"'{terms.trial_end_plan}' has no published price in {', '.join(missing)}."
        yield FieldError("trial_end_plan", "currency_missing", message)


def meter_faults(fields: Mapping[str, Any]) -> Iterator[FieldError]:
    """The faults of a meter's fields (see Meter)."""
    aggregation = str(fields.get("aggregation", ""))
    if aggregation not in Aggregation.values:
        yield _unknown("aggregation", aggregation, Aggregation.values)
    elif (aggregation == Aggregation.COUNT) == bool(fields.get("value_property")):
        message = (
            "A count adds up no property: leave it empty."
            if aggregation == Aggregation.COUNT
            else f"Name the property whose {Aggregation(aggregation).label.lower()} is taken."
        )
        yield FieldError("value_property", "value_property_unfit", message)
    if not _CODE.fullmatch(str(fields.get("code", ""))):
        yield FieldError("code", "invalid_code", "A code has letters, digits, - and _ only.")
    for name in ("name", "event_name"):
        if not str(fields.get(name, "")).strip():
            yield FieldError(name, "missing", f"A meter needs its {name}.")
    yield from _filter_faults(fields.get("filters", []))
    group_by = fields.get("group_by", [])
    if len(set(group_by)) != len(group_by) or not all(isinstance(p, str) and p for p in group_by):
        yield FieldError("group_by", "invalid_group_by", "Name each property to group by once.")


def _filter_faults(filters: Any) -> Iterator[FieldError]:
    if not isinstance(filters, list):
        yield FieldError("filters", "invalid_filter", "filters is a list.")
        return
    for index, entry in enumerate(filters):
        fits = isinstance(entry, dict) and set(entry) == {"property", "values"}
        if not fits or not isinstance(entry["property"], str) or not entry["property"]:
            message = 'A filter is {"property": "…", "values": ["…"]}.'
            yield FieldError(f"filters[{index}]", "invalid_filter", message)
            continue
        values = entry["values"]
        if not isinstance(values, list) or not values or not all(isinstance(v, str) for v in values):
            message = "values is a list of at least one text."
            yield FieldError(f"filters[{index}].values", "invalid_filter", message)


def _model_faults(price: PriceTerms, path: str, *, is_free: bool) -> Iterator[FieldError]:
    try:
        parse_price(model=price.model, parameters=price.parameters, currency=price.currency)
    except PricingError as error:
        yield FieldError(_pricing_path(path, error.field), error.code, f"{error.message}.")
        return
    if is_free:
        for inner in _amounts_above_zero(price.parameters, f"{path}.parameters"):
            yield FieldError(inner, "not_zero", "Every price of a free plan is zero.")


def _pricing_path(path: str, field: str) -> str:
    if field in {"model", "currency"}:
        return f"{path}.{field}"
    return f"{path}.parameters.{field}" if field else f"{path}.parameters"


def _amounts_above_zero(value: Any, path: str) -> Iterator[str]:
    """Paths of the amounts that cost something, in parameters that were parsed without fault."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key not in _AMOUNT_KEYS:
                yield from _amounts_above_zero(inner, f"{path}.{key}")
            elif Decimal(str(inner)) > 0:
                yield f"{path}.{key}"
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for index, inner in enumerate(value):
            yield from _amounts_above_zero(inner, f"{path}[{index}]")


def _quantity_faults(price: PriceTerms, path: str, meters: Collection[str]) -> Iterator[FieldError]:
    if price.quantity_source not in QuantitySource.values:
        yield _unknown(f"{path}.quantity_source", price.quantity_source, QuantitySource.values)
        return
    metered = price.quantity_source == QuantitySource.METER
    if metered and price.meter is None:
        yield FieldError(f"{path}.meter", "missing", "A metered price names its meter.")
    if not metered and price.meter is not None:
        yield FieldError(f"{path}.meter", "not_metered", "Only a metered price has a meter.")
    if price.meter is not None and price.meter not in meters:
        yield FieldError(f"{path}.meter", "unknown_meter", f"There is no meter '{price.meter}'.")
    if metered and price.timing == BillingTiming.IN_ADVANCE:
        message = "Usage is known at the end of its period: a metered price is billed in arrears."
        yield FieldError(f"{path}.timing", "metered_in_advance", message)


def _cadence_faults(price: PriceTerms, path: str) -> Iterator[FieldError]:
    if price.interval not in Interval.values:
        yield _unknown(f"{path}.interval", price.interval, Interval.values)
    if not 1 <= price.interval_count <= MAX_INTERVAL_COUNT:
        message = f"interval_count is a whole number from 1 to {MAX_INTERVAL_COUNT}."
        yield FieldError(f"{path}.interval_count", "out_of_range", message)
    if price.timing not in BillingTiming.values:
        yield _unknown(f"{path}.timing", price.timing, BillingTiming.values)


def _currency_faults(prices: Sequence[PriceTerms]) -> Iterator[FieldError]:
    """One price code is one price in every currency of the version, and differs in amounts only."""
    first_of_code: dict[str, tuple[int, PriceTerms]] = {}
    currencies_of: dict[str, set[str]] = {}
    for index, price in enumerate(prices):
        first = first_of_code.setdefault(price.code, (index, price))[1]
        seen = currencies_of.setdefault(price.code, set())
        if price.currency in seen:
            message = f"'{price.code}' has two prices in {price.currency}."
            yield FieldError(f"prices[{index}].currency", "duplicate", message)
        seen.add(price.currency)
        for name in _SHARED:
            if getattr(price, name) != getattr(first, name):
                message = f"'{price.code}' has another {name} in {first.currency}; only amounts may differ."
                yield FieldError(f"prices[{index}].{name}", "differs_by_currency", message)
    everywhere = set().union(*currencies_of.values())
    for code, (index, _) in first_of_code.items():
        missing = sorted(everywhere - currencies_of[code])
        if missing:
            message = f"'{code}' has no amount in {', '.join(missing)}, which other prices of the plan have."
            yield FieldError(f"prices[{index}].currency", "currency_missing", message)


def _fit_faults(terms: VersionTerms) -> Iterator[FieldError]:
    """Fees in advance whose periods do not end where the longest one ends.

    A plan is changed when the longest period that was paid ends; a week would be cut there, and the rest of
    it billed again under the new plan.
    """
    known = [
        (index, Cadence(CadenceInterval(price.interval), price.interval_count))
        for index, price in enumerate(terms.prices)
        if price.timing == BillingTiming.IN_ADVANCE
        and price.interval in Interval.values
        and price.interval_count >= 1
    ]
    longest = max((cadence for _, cadence in known), key=_rough_days, default=None)
    for index, cadence in known:
        if longest is not None and not _fits(cadence, longest, terms.alignment):
            message = "Fees in advance must fit into the longest one, as months do into a year."
            yield FieldError(f"prices[{index}].interval", "does_not_fit", message)


def _rough_days(cadence: Cadence) -> int:
    return cadence.months * 30 + cadence.days


def _fits(cadence: Cadence, longest: Cadence, alignment: str) -> bool:
    if cadence == longest:
        return True
    if alignment == PeriodAlignment.CALENDAR and (cadence.count, longest.count) != (1, 1):
        # Blocks of several natural periods begin with the one of the start, wherever the longest begins.
        return False
    if cadence.months and longest.months:
        return longest.months % cadence.months == 0
    return bool(cadence.days and longest.days) and longest.days % cadence.days == 0


def _trial_faults(terms: VersionTerms, *, is_free: bool) -> Iterator[FieldError]:
    if not 0 <= terms.trial_days <= MAX_TRIAL_DAYS:
        message = f"A trial has 0 to {MAX_TRIAL_DAYS} days."
        yield FieldError("trial_days", "out_of_range", message)
    if is_free and terms.trial_days:
        yield FieldError("trial_days", "free_plan_trial", "A free plan needs no trial.")
    if terms.trial_end not in TrialEnd.values:
        yield _unknown("trial_end", terms.trial_end, TrialEnd.values)
    without_trial = "There is no trial: trial_days is 0."
    if not terms.trial_days and terms.trial_requires_card:
        yield FieldError("trial_requires_card", "without_trial", without_trial)
    if not terms.trial_days and terms.trial_end != TrialEnd.CONVERT:
        yield FieldError("trial_end", "without_trial", without_trial)
    downgrades = terms.trial_end == TrialEnd.DOWNGRADE
    if downgrades and terms.trial_end_plan is None:
        yield FieldError("trial_end_plan", "missing", "Name the free plan to fall back to.")
    if not downgrades and terms.trial_end_plan is not None:
        message = "Only a trial that ends in a downgrade has a plan to fall back to."
        yield FieldError("trial_end_plan", "unused", message)


def _highlight_faults(terms: VersionTerms) -> Iterator[FieldError]:
    for index, text in enumerate(terms.highlights):
        if not 1 <= len(text.strip()) <= 120:
            message = "A highlight has 1 to 120 characters."
            yield FieldError(f"highlights[{index}]", "invalid_highlight", message)


def _unknown(path: str, value: object, offered: Collection[str]) -> FieldError:
    return FieldError(path, "unknown_choice", f"'{value}' is not one of {', '.join(offered)}.")
