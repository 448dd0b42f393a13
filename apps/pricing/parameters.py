"""Reading the JSON parameters of a price: decimals are strings, unknown keys and floats are refused."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from apps.pricing.errors import PricingError
from apps.pricing.exact import MAX_DIGITS

Parameters = Mapping[str, object]
Choice = TypeVar("Choice", bound=StrEnum)

# Decimal() itself also takes "1_000", "1e5", "NaN" and digits of other scripts.
_DECIMAL = re.compile(rf"-?[0-9]{{1,{MAX_DIGITS}}}(\.[0-9]{{1,{MAX_DIGITS}}})?")


def decimal_from(value: object, field: str) -> Decimal:
    """Return a decimal string such as "0.005", or an integer, as an exact Decimal.

    Raises:
        PricingError: `float_refused` for a float; `invalid_decimal` for what is not plain digits.
    """
    if isinstance(value, float):
        raise PricingError("float_refused", f"{field} must be a decimal string, not a float", field)
    text = format(value, "f") if isinstance(value, Decimal) else value
    if isinstance(text, int) and not isinstance(text, bool):
        text = str(text)
    if not isinstance(text, str) or _DECIMAL.fullmatch(text) is None:
        raise PricingError("invalid_decimal", f'{field} must be a decimal string such as "0.50"', field)
    return Decimal(text)


def read_decimal(parameters: Parameters, key: str, *, path: str = "", default: str | None = None) -> Decimal:
    """Return a required (or defaulted) decimal that is not negative.

    Raises:
        PricingError: `missing`, `negative`, `float_refused`, `invalid_decimal`; `field` is path + key.
    """
    field = path + key
    value = parameters.get(key, default)
    if value is None:
        raise PricingError("missing", f"{field} is missing", field)
    number = decimal_from(value, field)
    if number < 0:
        raise PricingError("negative", f"{field} must not be negative", field)
    return number


def read_optional(parameters: Parameters, key: str, *, path: str = "") -> Decimal | None:
    """Return a decimal that is not negative, None where the key is absent or null.

    Raises:
        PricingError: as `read_decimal`.
    """
    return None if parameters.get(key) is None else read_decimal(parameters, key, path=path)


def read_positive(parameters: Parameters, key: str, *, path: str = "", default: str | None = None) -> Decimal:
    """Return a decimal above zero.

    Raises:
        PricingError: `not_positive`; else as `read_decimal`.
    """
    number = read_decimal(parameters, key, path=path, default=default)
    if number == 0:
        raise PricingError("not_positive", f"{path}{key} must be above zero", path + key)
    return number


def read_choice(parameters: Parameters, key: str, default: Choice, *, path: str = "") -> Choice:
    """Return the named policy under `key`, `default` when absent.

    Raises:
        PricingError: `unknown_choice`.
    """
    value = parameters.get(key, default)
    try:
        return type(default)(str(value))
    except ValueError:
        offered = ", ".join(type(default))
        message = f"{path}{key} must be one of {offered}, not {value!r}"
        raise PricingError("unknown_choice", message, path + key) from None


def read_text(parameters: Parameters, key: str, *, path: str = "", default: str | None = None) -> str:
    """Return a required (or defaulted) text.

    Raises:
        PricingError: `missing`, `invalid_text`.
    """
    value = parameters.get(key, default)
    if value is None:
        raise PricingError("missing", f"{path}{key} is missing", path + key)
    if not isinstance(value, str):
        raise PricingError("invalid_text", f"{path}{key} must be a text", path + key)
    return value


def read_list(parameters: Parameters, key: str) -> Sequence[object]:
    """Return a non-empty list under `key`.

    Raises:
        PricingError: `missing`, `invalid_list`.
    """
    value = parameters.get(key)
    if value is None:
        raise PricingError("missing", f"{key} is missing", key)
    if not isinstance(value, Sequence) or isinstance(value, str | bytes) or not value:
        raise PricingError("invalid_list", f"{key} must be a list with at least one entry", key)
    return value


def as_parameters(value: object, field: str) -> Parameters:
    """Return `value` when it is an object with string keys.

    Raises:
        PricingError: `invalid_object`.
    """
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise PricingError("invalid_object", f"{field or 'parameters'} must be an object", field)
    return value


def refuse_unknown(parameters: Parameters, known: Collection[str], path: str = "") -> None:
    """Refuse a key that nobody reads: a misspelt policy must not be silently ignored.

    Raises:
        PricingError: `unknown_parameter`.
    """
    for key in parameters:
        if key not in known:
            raise PricingError("unknown_parameter", f"{path}{key} is not a known parameter", path + key)
