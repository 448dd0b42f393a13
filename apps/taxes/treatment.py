"""How one amount is taxed: the answer that an invoice asks for."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from apps.taxes.enums import Category


@dataclass(frozen=True, slots=True)
class AppliedRate:
    """One tax on an amount: `percent` of the net (19 is 19 %), `jurisdiction` such as DE, IN-KA or US-CA."""

    name: str
    jurisdiction: str
    percent: Decimal
    kind: str


@dataclass(frozen=True, slots=True)
class Treatment:
    """Why and how an amount is taxed.

    `category` is of UNCL5305 (S Z E AE K G O). `rates` is empty where nothing is collected: the category and
    the `note`, the key of a legal text that is to be printed ('' none), say why. `registration` is the
    seller's number under which the tax is declared, or that the document must name.
    """

    category: str
    rates: tuple[AppliedRate, ...] = ()
    note: str = ""
    registration: str = ""


OUTSIDE_SCOPE = Treatment(Category.OUTSIDE_SCOPE.value)
