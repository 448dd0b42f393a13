"""How amounts, rates, instants and metadata look in JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.validators import URLValidator
from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

BIGINT_MAX = 2**63 - 1
MAX_METADATA_KEYS = 50
MAX_METADATA_KEY_LENGTH = 40
MAX_METADATA_VALUE_LENGTH = 500


class ObjectType(serializers.Field[str, Any, str, Any]):
    """The `object` of an answer: which kind of thing it is, always the same word."""

    def __init__(self, name: str, **kwargs: Any) -> None:
        super().__init__(**kwargs, source="*", read_only=True)
        self.name = name
        self._spectacular_annotation = {"field": {"type": "string", "const": name}}

    def to_representation(self, value: Any) -> str:
        return self.name


class WebAddress(serializers.CharField):
    """An absolute http or https address; no other scheme, which a browser might run."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 500)
        super().__init__(**kwargs)
        self.validators.append(URLValidator(schemes=["http", "https"]))
        self._spectacular_annotation = {
            "field": {"type": "string", "format": "uri", "maxLength": kwargs["max_length"]}
        }


class MinorUnits(serializers.IntegerField):
    """An amount in the smallest unit of its currency (cents, yen, fils). JSON integers only."""

    default_error_messages = {  # noqa: RUF012 - DRF's own shape
        "not_an_integer": "An amount is a whole number of minor units, such as 1999 for 19.99."
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", -BIGINT_MAX)
        kwargs.setdefault("max_value", BIGINT_MAX)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> int:
        # 19.0 or "1999" would be accepted by the base class; money is not guessed.
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("not_an_integer")
        return data


@extend_schema_field({"type": "string", "pattern": r"^-?\d+(\.\d+)?$", "examples": ["0.0025"]})
class DecimalString(serializers.Field[Decimal, Any, str, Any]):
    """An exact decimal (unit price, rate, quantity) as a string; JSON numbers lose digits and are refused."""

    default_error_messages = {  # noqa: RUF012 - DRF's own shape
        "not_a_string": 'Write a decimal as a string, such as "0.0025".',
        "not_a_decimal": "This is not a plain decimal number.",
        "too_many_digits": "At most {digits} digits before and {places} after the point.",
    }

    def __init__(self, *, max_digits: int = 24, max_places: int = 12, **kwargs: Any) -> None:
        self.max_digits = max_digits
        self.max_places = max_places
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Decimal:
        if not isinstance(data, str):
            self.fail("not_a_string")
        text = data.removeprefix("-")
        whole, point, places = text.partition(".")
        digits = whole + places
        if not (whole and digits.isascii() and digits.isdigit() and bool(point) == bool(places)):
            self.fail("not_a_decimal")
        if len(whole) > self.max_digits - self.max_places or len(places) > self.max_places:
            self.fail(
                "too_many_digits",
                digits=self.max_digits - self.max_places,
                places=self.max_places,
            )
        try:
            return Decimal(data)
        except InvalidOperation:
            self.fail("not_a_decimal")

    def to_representation(self, value: Decimal) -> str:
        # Fixed notation without the column's padding zeros: 0.002500000000 is shown as 0.0025.
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text


@extend_schema_field({"type": "string", "format": "date-time"})
class Rfc3339UtcField(serializers.Field[datetime, Any, str, Any]):
    """An instant: read with any offset, but never without one; written in UTC with a Z."""

    default_error_messages = {  # noqa: RUF012 - DRF's own shape
        "invalid": "Write an instant as RFC 3339, such as 2026-11-22T09:30:00Z.",
        "no_offset": "The instant needs an offset: Z, or one such as +05:30.",
    }

    def to_internal_value(self, data: Any) -> datetime:
        if not isinstance(data, str):
            self.fail("invalid")
        try:
            instant = parse_datetime(data)
        except ValueError:
            self.fail("invalid")
        if instant is None:
            self.fail("invalid")
        if instant.tzinfo is None:
            self.fail("no_offset")
        try:
            return instant.astimezone(UTC)
        except OverflowError:
            self.fail("invalid")

    def to_representation(self, value: datetime) -> str:
        return rfc3339(value)


def rfc3339(value: datetime) -> str:
    """``2026-11-22T09:30:00Z``, with microseconds only when there are some."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


@extend_schema_field(
    {
        "type": "object",
        "additionalProperties": {"type": "string", "maxLength": MAX_METADATA_VALUE_LENGTH},
        "maxProperties": MAX_METADATA_KEYS,
    }
)
class MetadataField(serializers.Field[dict[str, str], Any, dict[str, str], Any]):
    """The integrator's own notes: at most 50 short keys with short texts; never read by the platform."""

    default_error_messages = {  # noqa: RUF012 - DRF's own shape
        "not_an_object": "metadata is an object of texts.",
        "too_many": "metadata holds at most {count} keys.",
        "bad_key": "A key of metadata has 1 to {length} characters.",
        "bad_value": "The value of '{name}' must be a text of at most {length} characters.",
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> dict[str, str]:
        if not isinstance(data, dict):
            self.fail("not_an_object")
        if len(data) > MAX_METADATA_KEYS:
            self.fail("too_many", count=MAX_METADATA_KEYS)
        for key, value in data.items():
            if not isinstance(key, str) or not 1 <= len(key) <= MAX_METADATA_KEY_LENGTH or "\0" in key:
                self.fail("bad_key", length=MAX_METADATA_KEY_LENGTH)
            if not isinstance(value, str) or len(value) > MAX_METADATA_VALUE_LENGTH or "\0" in value:
                self.fail("bad_value", name=key, length=MAX_METADATA_VALUE_LENGTH)
        return data

    def to_representation(self, value: dict[str, str]) -> dict[str, str]:
        return value
