"""What an invoice asks an engine, and what it is told. Amounts are minor units of one currency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from apps.accounts.models import Brand
from apps.customers.models import Customer
from apps.taxes.treatment import Treatment


@dataclass(frozen=True, slots=True)
class TaxRequestLine:
    """`amount_minor` is net of discounts; with `tax_included` it is gross. `reference` comes back.

    `tax_point` (UTC) is when the line's tax becomes due; None: with the draft.
    """

    reference: str
    amount_minor: int
    tax_code: str
    tax_included: bool = False
    tax_point: datetime | None = None


@dataclass(frozen=True, slots=True)
class TaxRequest:
    """A draft to be taxed at `at` (UTC); no line is negative. An engine looks at `at` alone: lines of other
    tax points are asked about by `ask_by_tax_point`.
    """

    brand: Brand
    customer: Customer
    currency: str
    lines: Sequence[TaxRequestLine]
    at: datetime


@dataclass(frozen=True, slots=True)
class TaxAnswer:
    """A treatment for each line, in their order; `reference` is the engine's own id of it ('' none)."""

    treatments: tuple[Treatment, ...]
    reference: str = ""


class TaxEngine(Protocol):
    """Who tells how lines are taxed; what the tax comes to is pricing's arithmetic, whoever is asked."""

    name: str
    # Whether it is asked over the network, and so never inside a transaction.
    is_remote: bool

    def calculate(self, request: TaxRequest) -> TaxAnswer:
        """Tell how each line is taxed.

        Raises:
            TaxUnanswered: a fact is missing, or a remote engine did not answer (409).
        """
