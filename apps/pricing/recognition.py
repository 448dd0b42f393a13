"""Earning a fee over the days of its service period: straight line, by whole days, in whole minor units."""

from __future__ import annotations

from datetime import date


def earned_by(day: date, *, first: date, last: date, amount_minor: int) -> int:
    """What of an amount is earned when every day before `day` is over.

    The days are those of [first, last), at least one; each earns the same, and what does not divide evenly
    comes later, so that the last day takes the rest. An amount below zero is earned the same way. In minor
    units; 0 up to the first day, all from the last on.
    """
    total = max((last - first).days, 1)
    passed = min(max((day - first).days, 0), total)
    # Cut towards zero: floor division alone would run ahead of a negative amount.
    whole = abs(amount_minor) * passed // total
    return whole if amount_minor >= 0 else -whole
