"""SQL in parts: text of ours, and what a meter or a caller says as parameters beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

NUMERIC_TEXT = r"^\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?\s*$"

# Added to a numerator, this makes numeric's division carry 30 decimals instead of some 16 digits.
THIRTY_DECIMALS = "0." + 30 * "0"


@dataclass(slots=True)
class Statement:
    """SQL with its parameters, which are in the order of their places."""

    text: str = ""
    parameters: list[Any] = field(default_factory=list)

    def __add__(self, other: Statement | str) -> Statement:
        if isinstance(other, str):
            return Statement(self.text + other, list(self.parameters))
        return Statement(self.text + other.text, [*self.parameters, *other.parameters])


def joined(parts: Iterable[Statement], separator: str) -> Statement:
    whole = Statement()
    for index, part in enumerate(parts):
        whole = whole + (separator if index else "") + part
    return whole


def property_text(name: str) -> Statement:
    """The property as text, NULL where it is missing; `a.b` is the key "a.b", else the key "b" inside of
    "a".
    """
    if "." not in name:
        return Statement("(properties ->> %s)", [name])
    return Statement("COALESCE(properties ->> %s, properties #>> %s)", [name, name.split(".")])


def property_number(name: str) -> Statement:
    """The property as an exact number, NULL where it is neither one nor a text written like one."""
    text = property_text(name)
    # CASE, because a plain AND may cast before it has tested.
    return Statement("CASE WHEN ") + text + Statement(" ~ %s THEN ", [NUMERIC_TEXT]) + text + "::numeric END"
