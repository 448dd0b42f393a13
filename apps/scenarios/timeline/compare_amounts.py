from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from apps.pricing.exact import plain
from apps.pricing.money import Money
from apps.pricing.parameters import decimal_from


class Amounts(Protocol):
    currency: str


def amounts_differ(expected: Mapping[str, Any], row: Amounts, columns: Mapping[str, str]) -> list[str]:
    """Compare amounts in major units with columns of minor units; those left out are not looked at."""
    return [
        difference
        for name, column in columns.items()
        if name in expected
        for difference in amount_differs(name, expected[name], Money(getattr(row, column), row.currency))
    ]


def amount_differs(what: str, expected: str, found: Money) -> list[str]:
    """Compare an amount in major units with money."""
    wanted = decimal_from(expected, what)
    return [] if wanted == found.major else [f"{what}: expected {plain(wanted)}, found {plain(found.major)}"]


def text_differs(what: str, expected: object, found: object) -> list[str]:
    """Compare what is no amount."""
    return [] if expected == found else [f"{what}: expected {expected}, found {found}"]
