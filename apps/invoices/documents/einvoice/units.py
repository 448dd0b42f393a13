"""Units of UN/ECE recommendation 20 for the names that meters and prices give theirs."""

from __future__ import annotations

ONE = "C62"
"""A count of whatever the line says: seats, requests, messages."""

_CODES = {
    "SEC": "s sec second seconds",
    "MIN": "min minute minutes",
    "HUR": "h hr hrs hour hours",
    "DAY": "d day days",
    "WEE": "week weeks",
    "MON": "month months",
    "ANN": "year years",
    "AD": "byte bytes",
    "2P": "kb kilobyte kilobytes",
    "4L": "mb megabyte megabytes",
    "E34": "gb gigabyte gigabytes",
    "E35": "tb terabyte terabytes",
    "WHR": "wh",
    "KWH": "kwh",
    "MTR": "m metre metres meter meters",
    "KMT": "km kilometre kilometres kilometer kilometers",
    "GRM": "g gram grams",
    "KGM": "kg kilogram kilograms",
    "LTR": "l litre litres liter liters",
}
_BY_NAME = {name: code for code, names in _CODES.items() for name in names.split()}


def unit_code(name: str) -> str:
    """Return the code of a unit, C62 (one) for what the recommendation has no word for."""
    return _BY_NAME.get(name.strip().lower(), ONE)
