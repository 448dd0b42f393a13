"""Recognises payment card numbers, which must not be kept anywhere: PCI DSS 4.0.1, requirement 3 and SAQ A.

A number counts when its first digits and its length are those of a network (ISO/IEC 7812 ranges as the
networks publish them) and its check digit is right; spaces and hyphens between digits are ignored. Of random
numbers with 16 digits one in sixty looks so, which is why identifiers that machines send are not looked at.
"""

from __future__ import annotations

import re

_CANDIDATE = re.compile(r"(?<![0-9])[2-6](?:[ -]?[0-9]){12,18}(?![0-9])")
_NETWORK = re.compile(
    r"""4(?:\d{12}|\d{15}|\d{18})                                     # Visa
    |   5[1-5]\d{14} | 2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}  # Mastercard
    |   3[47]\d{13}                                                   # American Express
    |   3(?:0[0-5]|[689]\d)\d{11}                                     # Diners Club
    |   35(?:2[89]|[3-8]\d)\d{12}                                     # JCB
    |   6(?:011|4[4-9]\d|5\d\d)\d{12}                                 # Discover
    |   6(?:0|5|8)\d{14} | 62\d{14,17} | (?:5[06-8]|6)\d{11,18}       # RuPay, UnionPay, Maestro
    """,
    re.VERBOSE | re.ASCII,
)
MASK = "[card number]"


def holds_card_number(text: str) -> bool:
    """Whether a card number stands anywhere in a text."""
    return any(_is_card(match.group()) for match in _CANDIDATE.finditer(text))


def mask_card_numbers(text: str) -> str:
    """The text with each card number replaced by a mark."""
    return _CANDIDATE.sub(lambda match: MASK if _is_card(match.group()) else match.group(), text)


def _is_card(written: str) -> bool:
    digits = written.replace(" ", "").replace("-", "")
    return _NETWORK.fullmatch(digits) is not None and _check_digit_is_right(digits)


def _check_digit_is_right(digits: str) -> bool:
    """The check of ISO/IEC 7812-1, annex B."""
    doubled = (int(digit) * 2 for digit in digits[-2::-2])
    total = sum(int(digit) for digit in digits[::-2]) + sum(value - 9 * (value > 9) for value in doubled)
    return total % 10 == 0
