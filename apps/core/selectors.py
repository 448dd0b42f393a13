from __future__ import annotations

from datetime import date
from decimal import Decimal

from apps.core.models import ExchangeRate


def exchange_rate_on(*, base: str, quote: str, on: date) -> Decimal | None:
    """How many units of ``quote`` one unit of ``base`` bought: the latest rate dated on or before ``on``.

    The exact stored rate, never inverted (an inverse is another, rounded number). None means that nobody
    said: a draft waits for it, and a report says that it is missing; it never means 1.
    """
    if base == quote:
        return Decimal(1)
    row = ExchangeRate.objects.filter(base=base, quote=quote, date__lte=on).order_by("-date").first()
    return row.rate if row else None
