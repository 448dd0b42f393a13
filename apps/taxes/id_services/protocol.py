"""What a register of tax ids is asked and answers; each register is a module beside this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from apps.taxes.tax_ids import TaxId


@dataclass(frozen=True, slots=True)
class RegisterAnswer:
    """Whether an id is registered now. `consultation_number` proves that and when it was asked ('' none)."""

    is_valid: bool
    consultation_number: str = ""
    name: str = ""
    address: str = ""


class TaxIdRegister(Protocol):
    """A register that knows ids of one kind."""

    name: str

    def is_configured(self) -> bool:
        """Whether there is an address to ask; without one, questions stay open."""

    def ask(self, tax_id: TaxId, *, requester: TaxId | None) -> RegisterAnswer:
        """Ask about one id, in the name of the seller where its own id is known. Call outside transactions.

        Raises:
            RegisterUnavailable: it did not answer, or not about this id: try again later.
        """
