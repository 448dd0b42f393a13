"""The sentences of proration, credits and refunds; written as those of sentences.py, which shows them."""

from __future__ import annotations

ENGLISH: dict[str, str] = {
    "prorated": "{numerator:number} of {denominator:number} {unit}: {amount:money}",
    "prorated_by_factor": (
        "{numerator:number} of {denominator:number} {unit}, a factor of {factor:number}: {amount:money}"
    ),
    "unused": "Not used, {numerator:number} of {denominator:number} {unit}: {amount:money}",
    "unused_by_factor": (
        "Not used, {numerator:number} of {denominator:number} {unit}, "
        "a factor of {factor:number}: {amount:money}"
    ),
    "unused_part": "Unused part of a fee of {amount:money}",
    "credit_limited": "No more of that fee is left to credit than {amount:money}",
}
