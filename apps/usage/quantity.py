from __future__ import annotations

from decimal import Decimal


def billable_quantity(value: Decimal) -> Decimal:
    """What a price is applied to: the meter's value, and nothing where corrections took it below zero.

    The value itself stays negative in answers and charts, so that windows still add up.
    """
    return max(value, Decimal(0))
