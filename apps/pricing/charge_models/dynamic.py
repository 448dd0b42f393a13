from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from apps.pricing.charge_models.base import (
    ChargeModel,
    NegativeQuantity,
    Priced,
    counted_quantity,
    read_negative_quantity,
)
from apps.pricing.exact import product, total
from apps.pricing.parameters import Parameters, read_choice, read_decimal, refuse_unknown
from apps.pricing.trace import Trace, step
from apps.pricing.usage import Usage


class DynamicPrice(StrEnum):
    """Policy `dynamic_price`: where the price comes from."""

    EVENT_AMOUNTS = "event_amounts"
    """Each event carries its own amount. The default."""
    METERED_AMOUNT = "metered_amount_times_multiplier"
    """The meter's value is an amount of money."""


@dataclass(frozen=True, slots=True)
class Dynamic(ChargeModel):
    """What the events say they cost (major units of the price's currency), times a multiplier."""

    currency: str
    multiplier: Decimal
    dynamic_price: DynamicPrice
    negative_quantity: NegativeQuantity

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"amounts"}) if self.dynamic_price is DynamicPrice.EVENT_AMOUNTS else frozenset()

    def _price(self, usage: Usage) -> Priced:
        carried = self.dynamic_price is DynamicPrice.EVENT_AMOUNTS and usage.amounts is not None
        steps = []
        amount = usage.quantity
        if carried and usage.amounts is not None:
            amount = total(usage.amounts)
            steps.append(step("event_amounts", events=Decimal(len(usage.amounts)), amount=amount))
        amount, changed = counted_quantity(amount, self.negative_quantity)
        exact = product(amount, self.multiplier)
        if self.multiplier != 1 or not carried:
            steps.append(step("dynamic", sum=amount, multiplier=self.multiplier, amount=exact))
        return Priced(exact, Trace(self.currency).then(*steps, *changed))


def parse(parameters: Parameters, currency: str) -> Dynamic:
    """Read `{"multiplier": "1", "dynamic_price": "event_amounts"}`; both may be absent.

    Raises:
        PricingError: a parameter is unknown, negative or not a decimal string; `unknown_choice`.
    """
    refuse_unknown(parameters, {"multiplier", "dynamic_price", "negative_quantity"})
    return Dynamic(
        currency,
        read_decimal(parameters, "multiplier", default="1"),
        read_choice(parameters, "dynamic_price", DynamicPrice.EVENT_AMOUNTS),
        read_negative_quantity(parameters),
    )
