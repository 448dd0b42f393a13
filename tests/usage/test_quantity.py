from __future__ import annotations

from decimal import Decimal

import pytest

from apps.usage.quantity import billable_quantity, rounded_quantity


@pytest.mark.parametrize(("value", "billable"), [("-0.5", "0"), ("0", "0"), ("0.5", "0.5")])
def test_billable_quantity_is_never_negative(value: str, billable: str) -> None:
    assert billable_quantity(Decimal(value)) == Decimal(billable)


@pytest.mark.parametrize(
    ("rounding", "precision", "value", "rounded"),
    [
        ("none", 0, "1.23456", "1.23456"),
        ("half_up", 2, "123.455", "123.46"),
        ("half_up", 0, "-0.5", "-1"),
        ("half_up", -2, "150", "200"),
        ("half_up", -2, "149.99", "100"),
        ("up", 2, "123.451", "123.46"),
        ("up", 0, "-1.5", "-1"),
        ("up", -2, "100.01", "200"),
        ("down", 2, "123.459", "123.45"),
        ("down", 0, "-1.5", "-2"),
        ("down", -2, "199", "100"),
        ("half_up", 1, "12345678901234567890123456789012.25", "12345678901234567890123456789012.3"),
    ],
)
def test_rounded_quantity(rounding: str, precision: int, value: str, rounded: str) -> None:
    found = rounded_quantity(Decimal(value), rounding=rounding, precision=precision)

    assert str(found) == rounded
