from __future__ import annotations

from dataclasses import dataclass, field

from apps.plans.policies import CreditNoteUse
from apps.pricing.charge import Charge


@dataclass(frozen=True, slots=True)
class Owed:
    """What a subscription owes at an instant, and what it is owed.

    `charges` become lines of one invoice; those below zero are credits on it. `credits` (below zero too)
    become credit notes on the invoices that billed them, paid back where `refunds` says so; `credit_use`
    says what they pay first. `progressive_minor` was billed before of the usage among the charges, and
    comes off their invoice (minor units).
    """

    charges: list[Charge] = field(default_factory=list)
    credits: list[Charge] = field(default_factory=list)
    refunds: bool = False
    credit_use: CreditNoteUse = CreditNoteUse.OWN_INVOICE
    progressive_minor: int = 0

    def __bool__(self) -> bool:
        return bool(self.charges or self.credits or self.progressive_minor)
