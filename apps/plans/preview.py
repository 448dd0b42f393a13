"""What a price costs at a few quantities, in words: for people who edit prices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from apps.plans.models import Price
from apps.pricing.errors import PricingError
from apps.pricing.money import Money
from apps.pricing.price import price_quantity

QUANTITIES = (Decimal(1), Decimal(10), Decimal(100), Decimal(1000))


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One quantity and its price; `money` is None where the price refuses it, and `steps` say why."""

    quantity: Decimal
    money: Money | None
    steps: list[str]


def price_preview(price: Price, quantities: Sequence[Decimal] = QUANTITIES) -> list[PreviewRow]:
    """Price each quantity (units of the price's own source) for one whole period, before tax."""
    return [_row(price, quantity) for quantity in quantities]


def _row(price: Price, quantity: Decimal) -> PreviewRow:
    try:
        priced = price_quantity(
            model=price.model,
            parameters=price.parameters,
            quantity=quantity,
            currency=price.currency,
        )
    except PricingError as error:
        return PreviewRow(quantity, None, [error.message])
    return PreviewRow(quantity, priced.money, priced.trace.explain())
