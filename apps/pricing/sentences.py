"""The sentence of each kind of step. A placeholder is an input's name and how to write it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from apps.pricing.charge_sentences import ENGLISH as CHARGES
from apps.pricing.currencies import exponent
from apps.pricing.exact import plain
from apps.pricing.proration_sentences import ENGLISH as PRORATION

ENGLISH: dict[str, str] = (
    CHARGES
    | PRORATION
    | {
        "already_billed": "Already billed for this period: {amount:money} taken off",
        "already_priced": "Already priced for {units:units}: {amount:money} taken off",
        "commitment": "Minimum commitment of a whole billing period: {amount:money}",
        "counted": "Counts toward it, fee and usage of the period: {amount:money} taken off",
        "rated_again": "Rated again: {units:units} in place of {billed_units:units}",
        "not_due_on_line": "Billed on another line of this period: {amount:money}",
        "total": "Total: {amount:money}",
        "rounded": "Total {exact:money}, rounded to {amount:money}",
    }
)
SENTENCES: dict[str, dict[str, str]] = {"en": ENGLISH}

_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹"}
_PLACEHOLDER = re.compile(r"\{(\w+)(?::(\w+))?\}")


def sentence(kind: str, inputs: Mapping[str, str], currency: str, locale: str = "en") -> str:
    """Return the sentence of a step; a kind without one is shown as its inputs, never hidden."""
    template = SENTENCES.get(locale, ENGLISH).get(kind)
    if template is None:
        return f"{kind}: " + ", ".join(f"{key} {value}" for key, value in inputs.items())

    def written(match: re.Match[str]) -> str:
        value, style = inputs.get(match[1], "?"), match[2]
        if style is None or value == "?":
            return value
        if style == "money" and "pricing_unit" in inputs:
            return f"{_number(Decimal(value))} {inputs['pricing_unit']}"
        return _STYLES[style](Decimal(value), currency)

    return _PLACEHOLDER.sub(written, template)


def _number(value: Decimal, currency: str = "") -> str:
    whole, _, decimals = plain(value.copy_abs()).partition(".")
    grouped = f"{int(whole):,}" + (f".{decimals}" if decimals else "")
    return f"-{grouped}" if value < 0 else grouped


def _money(value: Decimal, currency: str) -> str:
    """Write an exact price with at least the currency's decimals; a sub-cent price keeps all its digits."""
    whole, _, decimals = _number(value.copy_abs()).partition(".")
    decimals = decimals.ljust(exponent(currency), "0")
    symbol = _SYMBOLS.get(currency, f"{currency} ")
    sign = "-" if value < 0 else ""
    return f"{sign}{symbol}{whole}" + (f".{decimals}" if decimals else "")


def _counted(value: Decimal, one: str, many: str) -> str:
    return f"{_number(value)} {one if value == 1 else many}"


_STYLES: dict[str, Callable[[Decimal, str], str]] = {
    "number": _number,
    "money": _money,
    "units": lambda value, _: _counted(value, "unit", "units"),
    "events": lambda value, _: _counted(value, "event", "events"),
    "blocks": lambda value, _: _counted(value, "block", "blocks"),
    "packages": lambda value, _: _counted(value, "package", "packages"),
}
