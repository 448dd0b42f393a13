from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.exceptions import ValidationError

from apps.core.api.fields import DecimalString, MetadataField, MinorUnits, Rfc3339UtcField, rfc3339


def refused(field: Any, data: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        field.run_validation(data)
    return caught.value.get_codes()[0]


@pytest.mark.parametrize("data", ["1999", 19.0, True, 1.5, [1]])
def test_minor_units_anything_but_a_json_integer_is_refused(data: Any) -> None:
    assert refused(MinorUnits(), data) == "not_an_integer"


def test_minor_units_beyond_bigint_is_refused() -> None:
    assert MinorUnits().run_validation(2**63 - 1) == 2**63 - 1
    assert refused(MinorUnits(), 2**63) == "max_value"


@pytest.mark.parametrize(
    ("text", "value"), [("0.0025", "0.0025"), ("-3", "-3"), ("12.000000000001", "12.000000000001")]
)
def test_decimal_string_keeps_every_digit(text: str, value: str) -> None:
    assert DecimalString().run_validation(text) == Decimal(value)


@pytest.mark.parametrize(
    "text", ["", "-", ".5", "5.", "1e3", "NaN", "Infinity", "1_000", "٣", " 1", "--1", "1.2.3"]
)
def test_decimal_string_other_notations_are_refused(text: str) -> None:
    assert refused(DecimalString(), text) == "not_a_decimal"


def test_decimal_string_too_long_or_a_number_is_refused() -> None:
    assert refused(DecimalString(), "1234567890123") == "too_many_digits"
    assert refused(DecimalString(), "0.0000000000001") == "too_many_digits"
    assert refused(DecimalString(), 0.1) == "not_a_string"


@pytest.mark.parametrize(
    ("value", "text"),
    [("0.002500000000", "0.0025"), ("100", "100"), ("1E+2", "100"), ("0.000", "0"), ("-1.50", "-1.5")],
)
def test_decimal_string_is_written_without_padding_or_exponent(value: str, text: str) -> None:
    assert DecimalString().to_representation(Decimal(value)) == text


def test_rfc3339_reads_any_offset_and_writes_utc() -> None:
    field = Rfc3339UtcField()

    instant = field.run_validation("2026-03-29T02:30:00+05:45")

    assert instant == datetime(2026, 3, 28, 20, 45, tzinfo=UTC)
    assert rfc3339(instant) == "2026-03-28T20:45:00Z"


@pytest.mark.parametrize("text", ["2026-02-30T00:00:00Z", "yesterday", 5, "0001-01-01T00:00:00+05:00"])
def test_rfc3339_impossible_instant_is_refused(text: Any) -> None:
    assert refused(Rfc3339UtcField(), text) == "invalid"


def test_metadata_limits_are_inclusive() -> None:
    field = MetadataField()

    full = {f"{n:040}": "x" * 500 for n in range(50)}

    assert field.run_validation(full) == full
    assert refused(field, {**full, "one more": ""}) == "too_many"
    assert refused(field, {"k" * 41: ""}) == "bad_key"
    assert refused(field, {"k": "x" * 501}) == "bad_value"
    assert refused(field, {"k": 5}) == "bad_value"
    assert refused(field, {"k": "\0"}) == "bad_value"
    assert refused(field, ["k"]) == "not_an_object"
