"""What makes a meter fit to count with. Every fault is found at once, at the field to change."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any

from apps.core.errors import FieldError
from apps.plans.enums import Aggregation, LateUsage, QuantityRounding, UniqueMode
from apps.plans.value_expression import ExpressionFault, parse_expression

MAX_PRECISION = 12
CARRIED = (
    Aggregation.COUNT,
    Aggregation.SUM,
    Aggregation.UNIQUE_COUNT,
    Aggregation.LATEST,
    Aggregation.WEIGHTED_SUM,
)
"""What can stand from one period to the next; a maximum or an average is of its own period."""
_CODE = re.compile(r"[A-Za-z0-9_-]{1,60}")


def meter_faults(fields: Mapping[str, Any]) -> Iterator[FieldError]:
    """The faults of a meter's fields (see Meter); an absent field has its default."""
    if not _CODE.fullmatch(str(fields.get("code", ""))):
        yield FieldError("code", "invalid_code", "A code has letters, digits, - and _ only.")
    for name in ("name", "event_name"):
        if not str(fields.get(name, "")).strip():
            yield FieldError(name, "missing", f"A meter needs its {name}.")
    known = list(_choice_faults(fields))
    yield from known
    if not any(fault.field == "aggregation" for fault in known):
        aggregation = Aggregation(str(fields["aggregation"]))
        yield from _value_faults(fields, aggregation)
        yield from _fit_faults(fields, aggregation)
    yield from _rounding_faults(fields)
    yield from _late_faults(fields)
    yield from _filter_faults(fields.get("filters", []))
    group_by = fields.get("group_by", [])
    if len(set(group_by)) != len(group_by) or not all(isinstance(p, str) and p for p in group_by):
        yield FieldError("group_by", "invalid_group_by", "Name each property to group by once.")


def _choice_faults(fields: Mapping[str, Any]) -> Iterator[FieldError]:
    offered: dict[str, Collection[str]] = {
        "aggregation": Aggregation.values,
        "unique_mode": UniqueMode.values,
        "rounding": QuantityRounding.values,
        "late_usage": LateUsage.values,
    }
    for name, values in offered.items():
        value = str(fields.get(name, "" if name == "aggregation" else next(iter(values))))
        if value not in values:
            message = f"'{value}' is not one of {', '.join(values)}."
            yield FieldError(name, "unknown_choice", message)


def _value_faults(fields: Mapping[str, Any], aggregation: Aggregation) -> Iterator[FieldError]:
    """An event of a count is worth 1; else it is worth a property, or an expression over properties."""
    named, expression = fields.get("value_property"), fields.get("value_expression")
    if aggregation == Aggregation.COUNT:
        for name in ("value_property", "value_expression"):
            if fields.get(name):
                yield FieldError(
                    name, f"{name}_unfit", "A count adds up no property: leave it empty, or choose sum."
                )
        return
    if aggregation == Aggregation.UNIQUE_COUNT and expression:
        message = "A unique count looks at one property: name it as value_property."
        yield FieldError("value_expression", "value_expression_unfit", message)
    elif named and expression:
        message = "Either a property or an expression says what an event is worth: leave one empty."
        yield FieldError("value_expression", "value_expression_unfit", message)
    elif not named and not expression:
        message = f"Name the property whose {aggregation.label.lower()} is taken."
        if aggregation != Aggregation.UNIQUE_COUNT:
            message = f"{message[:-1]}, or write value_expression."
        yield FieldError("value_property", "value_property_unfit", message)
    if expression:
        try:
            parse_expression(str(expression))
        except ExpressionFault as fault:
            yield FieldError("value_expression", "invalid_expression", str(fault))


def _fit_faults(fields: Mapping[str, Any], aggregation: Aggregation) -> Iterator[FieldError]:
    adds_and_removes = fields.get("unique_mode") == UniqueMode.ADD_REMOVE
    if adds_and_removes and aggregation != Aggregation.UNIQUE_COUNT:
        message = "Only a unique count adds and removes values: choose it, or leave unique_mode at distinct."
        yield FieldError("unique_mode", "unique_mode_unfit", message)
    if fields.get("carries_over") and aggregation not in CARRIED:
        message = f"Only {', '.join(CARRIED)} carry over: a {aggregation} is of its own period."
        yield FieldError("carries_over", "carries_over_unfit", message)
    percentile = fields.get("percentile")
    if aggregation == Aggregation.PERCENTILE:
        if percentile is None or not 0 < Decimal(percentile) <= 100:
            message = "Say which percentile: above 0 and at most 100, such as 95."
            yield FieldError("percentile", "percentile_unfit", message)
    elif percentile is not None:
        message = "Only the aggregation percentile has one: leave it empty."
        yield FieldError("percentile", "percentile_unfit", message)


def _rounding_faults(fields: Mapping[str, Any]) -> Iterator[FieldError]:
    precision = fields.get("rounding_precision", 0)
    if not -MAX_PRECISION <= precision <= MAX_PRECISION:
        message = f"Keep {-MAX_PRECISION} to {MAX_PRECISION} decimals; -2 rounds to hundreds."
        yield FieldError("rounding_precision", "out_of_range", message)
    elif precision and fields.get("rounding", QuantityRounding.NONE) == QuantityRounding.NONE:
        message = "Nothing is rounded: choose half_up, up or down as rounding, or leave this at 0."
        yield FieldError("rounding_precision", "without_rounding", message)


def _late_faults(fields: Mapping[str, Any]) -> Iterator[FieldError]:
    periods = fields.get("late_usage_periods")
    if periods is None:
        return
    if not 0 <= periods <= 1000:
        yield FieldError("late_usage_periods", "out_of_range", "Up to 1000 periods; empty is no limit.")
    elif fields.get("late_usage") == LateUsage.IGNORED:
        message = "Late usage is not billed at all: leave this empty, or choose another late_usage."
        yield FieldError("late_usage_periods", "late_usage_unfit", message)


def _filter_faults(filters: Any) -> Iterator[FieldError]:
    if not isinstance(filters, list):
        yield FieldError("filters", "invalid_filter", "filters is a list.")
        return
    for index, entry in enumerate(filters):
        path = f"filters[{index}]"
        if not (isinstance(entry, dict) and set(entry) == {"exclude"}):
            yield from _match_faults(entry, path)
        elif not isinstance(entry["exclude"], list) or not entry["exclude"]:
            message = "exclude is a list: events that match all of its entries do not count."
            yield FieldError(f"{path}.exclude", "invalid_filter", message)
        else:
            for place, inner in enumerate(entry["exclude"]):
                yield from _match_faults(inner, f"{path}.exclude[{place}]")


def _match_faults(entry: Any, path: str) -> Iterator[FieldError]:
    fits = isinstance(entry, dict) and set(entry) == {"property", "values"}
    if not fits or not isinstance(entry["property"], str) or not entry["property"]:
        message = 'A filter is {"property": "…", "values": ["…"]}, or {"exclude": [filters]}.'
        yield FieldError(path, "invalid_filter", message)
        return
    values = entry["values"]
    if not isinstance(values, list) or not values or not all(isinstance(v, str) for v in values):
        message = "values is a list of at least one text."
        yield FieldError(f"{path}.values", "invalid_filter", message)
