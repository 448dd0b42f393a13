"""Reading the rows of a matrix. A row has a `unit_amount`, or a `model` with `parameters` of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import quote

from apps.pricing.charge_models.base import ChargeModel, Parse
from apps.pricing.errors import PricingError
from apps.pricing.parameters import Parameters, as_parameters, read_list, read_text, refuse_unknown

KEYS = frozenset({"dimensions", "rows", "default"})
PRICE_KEYS = frozenset({"label", "unit_amount", "negative_quantity", "model", "parameters"})
MAX_DIMENSION, MAX_LABEL = 60, 80
DEFAULT_DIMENSION, DEFAULT_LABEL = "default", "other"

Match = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the values it asks for (None is an event without the property), and the price."""

    match: Match
    model: ChargeModel
    dimension: str
    label: str

    def holds(self, group: Match) -> bool:
        """Tell whether a group has every value that the row asks for."""
        return all(group[name] == value for name, value in self.match.items())


def parse_rows(
    parameters: Parameters, currency: str, models: Mapping[str, Parse]
) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    """Read the dimensions and the rows in their order, the default row last.

    Raises:
        PricingError: the field path names the culprit, such as `rows[1].match.region` or
            `rows[0].parameters.tiers[1].up_to`; `row_unreachable` for a row that an earlier one hides;
            `unfit_model` for a model that needs more than a quantity.
    """
    names = _names(parameters)
    rows: list[Row] = []
    for index, entry in enumerate(read_list(parameters, "rows")):
        path = f"rows[{index}]"
        fields = as_parameters(entry, path)
        refuse_unknown(fields, PRICE_KEYS | {"match"}, f"{path}.")
        match = _match(fields, names, path)
        if any(earlier.match.items() <= match.items() for earlier in rows):
            raise PricingError("row_unreachable", f"{path}: an earlier row holds all of it", f"{path}.match")
        model = _model(fields, currency, models, path)
        words = ", ".join(match[name] or "-" for name in names if name in match)
        rows.append(Row(match, model, _dimension(match, names), _label(fields, words, path)))
    if "default" not in parameters:
        raise PricingError("missing", "default is missing: the price of all other usage", "default")
    fields = as_parameters(parameters["default"], "default")
    refuse_unknown(fields, PRICE_KEYS, "default.")
    model = _model(fields, currency, models, "default")
    rows.append(Row({}, model, DEFAULT_DIMENSION, _label(fields, DEFAULT_LABEL, "default")))
    return names, tuple(rows)


def _dimension(match: Match, names: tuple[str, ...]) -> str:
    """The conditions of a row as a text for the key of its charge, which has little room."""
    written = ",".join(f"{name}={match[name] or ''}" for name in names if name in match)
    if len(quote(written, safe=" =,")) <= MAX_DIMENSION:
        return written
    return f"row-{hashlib.sha256(written.encode()).hexdigest()[:16]}"


def _label(fields: Parameters, words: str, path: str) -> str:
    label = read_text(fields, "label", path=f"{path}.", default=words[:MAX_LABEL])
    if not 1 <= len(label.strip()) <= MAX_LABEL:
        message = f"{path}.label must have 1 to {MAX_LABEL} characters"
        raise PricingError("invalid_text", message, f"{path}.label")
    return label


def _names(parameters: Parameters) -> tuple[str, ...]:
    names = read_list(parameters, "dimensions")
    for index, name in enumerate(names):
        if not isinstance(name, str) or not name or name in names[:index]:
            field = f"dimensions[{index}]"
            raise PricingError("invalid_dimension", f"{field} must be a property, named once", field)
    return cast("tuple[str, ...]", tuple(names))


def _match(fields: Parameters, names: tuple[str, ...], path: str) -> Match:
    match = as_parameters(fields.get("match"), f"{path}.match")
    if not match:
        raise PricingError("missing", f"{path}.match names no value", f"{path}.match")
    for name, value in match.items():
        field = f"{path}.match.{name}"
        if name not in names:
            raise PricingError("unknown_dimension", f"{name} is not one of the dimensions", field)
        if value is not None and not isinstance(value, str):
            raise PricingError("invalid_text", f"{field} must be a text, or null", field)
    return cast("Match", match)


def _model(fields: Parameters, currency: str, models: Mapping[str, Parse], path: str) -> ChargeModel:
    if "model" not in fields:
        unit_price = {key: fields[key] for key in ("unit_amount", "negative_quantity") if key in fields}
        return _parsed(models["per_unit"], unit_price, currency, path)
    refuse_unknown(fields, PRICE_KEYS - {"unit_amount", "negative_quantity"} | {"match"}, f"{path}.")
    name = read_text(fields, "model", path=f"{path}.")
    if name not in models or name == "matrix":
        raise PricingError("unfit_model", f"{name!r} is no model of a row", f"{path}.model")
    parameters = as_parameters(fields.get("parameters"), f"{path}.parameters")
    model = _parsed(models[name], parameters, currency, f"{path}.parameters")
    if model.reads:
        message = f"{name} with these parameters needs single events, which a row does not have"
        raise PricingError("unfit_model", message, f"{path}.model")
    return model


def _parsed(parse: Parse, parameters: Parameters, currency: str, path: str) -> ChargeModel:
    try:
        return parse(parameters, currency)
    except PricingError as error:
        field = f"{path}.{error.field}" if error.field else path
        raise PricingError(error.code, f"{path}: {error.message}", field) from None
