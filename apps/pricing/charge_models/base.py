from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from apps.pricing.errors import PricingError
from apps.pricing.exact import ZERO
from apps.pricing.parameters import Parameters, read_choice
from apps.pricing.trace import Step, Trace, step
from apps.pricing.usage import Usage, as_usage


@dataclass(frozen=True, slots=True)
class Priced:
    """An exact price in major units, not rounded, and the steps that lead to it."""

    exact: Decimal
    trace: Trace


@dataclass(frozen=True, slots=True)
class Part:
    """One line of a price: a model that prices groups apart gives one for each, others a single one."""

    quantity: Decimal
    priced: Priced
    kind: str = "usage"
    dimension: str = ""
    """The group in a form that stays, such as `region=eu`; empty without groups."""
    label: str = ""
    """The group as people call it."""


class ChargeModel(ABC):
    """Parsed parameters of a price, able to price usage; frozen."""

    __slots__ = ()

    @property
    def reads(self) -> frozenset[str]:
        """What the model needs of usage beside its quantity: `amounts`, `groups`, both or none."""
        return frozenset()

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The event properties whose values make the groups, for a model that reads `groups`."""
        return ()

    @property
    def weighs(self) -> bool:
        """Whether units weighted by time have a price under this model; others price units in full."""
        return False

    def price(self, usage: Usage | Decimal) -> Priced:
        """Return the exact price of usage, or of a bare quantity, in major units of the model's currency.

        Raises:
            PricingError: where the model's policies refuse the usage.
        """
        return self._price(as_usage(usage))

    def parts(self, usage: Usage) -> list[Part]:
        """Return the lines that `price` is the sum of."""
        return [Part(usage.quantity, self._price(usage))]

    @abstractmethod
    def _price(self, usage: Usage) -> Priced: ...


Parse = Callable[[Parameters, str], ChargeModel]


class NegativeQuantity(StrEnum):
    """Policy `negative_quantity`: what a quantity below zero costs."""

    ZERO = "zero"
    """It counts as zero. The default."""
    ERROR = "error"
    """It is refused."""
    RELEASE_FROM_TOP_TIER = "release_from_top_tier"
    """Graduated tiers: units given back are taken from the top tier down; the total is zero at least."""


def read_negative_quantity(parameters: Parameters, *, can_release: bool = False) -> NegativeQuantity:
    """Return the policy; only tiers that are filled one after another can release units.

    Raises:
        PricingError: `unknown_choice`, `unfit_choice`.
    """
    policy = read_choice(parameters, "negative_quantity", NegativeQuantity.ZERO)
    if policy is NegativeQuantity.RELEASE_FROM_TOP_TIER and not can_release:
        message = f"negative_quantity {policy} is a policy of graduated tiers"
        raise PricingError("unfit_choice", message, "negative_quantity")
    return policy


def counted_quantity(quantity: Decimal, policy: NegativeQuantity) -> tuple[Decimal, list[Step]]:
    """Return the quantity to price, never below zero, with the step that tells of a change.

    Raises:
        PricingError: `negative_quantity` under the policy `error`.
    """
    if quantity >= 0:
        return quantity, []
    if policy is NegativeQuantity.ERROR:
        raise PricingError("negative_quantity", "a quantity below zero has no price", "quantity")
    return ZERO, [step("negative_quantity", units=quantity)]
