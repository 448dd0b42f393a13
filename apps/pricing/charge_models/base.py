from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from apps.pricing.errors import PricingError
from apps.pricing.parameters import Parameters
from apps.pricing.trace import Step, Trace, step


@dataclass(frozen=True, slots=True)
class Priced:
    """An exact price in major units, not rounded, and the steps that lead to it."""

    exact: Decimal
    trace: Trace


class ChargeModel(Protocol):
    """Parsed parameters of a price, able to price a quantity."""

    def price(self, quantity: Decimal) -> Priced:
        """Return the exact price of `quantity` units in major units of the model's currency."""
        ...


Parse = Callable[[Parameters, str], ChargeModel]


class NegativeQuantity(StrEnum):
    """Policy `negative_quantity`: what a quantity below zero costs."""

    ZERO = "zero"
    """It counts as zero. The default."""
    ERROR = "error"
    """It is refused."""


def counted_quantity(quantity: Decimal, policy: NegativeQuantity) -> tuple[Decimal, list[Step]]:
    """Return the quantity to price, never below zero, with the step that tells of a change.

    Raises:
        PricingError: `negative_quantity` under the policy `error`.
    """
    if quantity >= 0:
        return quantity, []
    if policy is NegativeQuantity.ERROR:
        raise PricingError("negative_quantity", "a quantity below zero has no price", "quantity")
    return Decimal(0), [step("negative_quantity", units=quantity)]
