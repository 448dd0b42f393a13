"""A customer's invoices and balance, told a second time: plain Python, no code of the product."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tests.simulation.oracle import Phase


class Told(NamedTuple):
    """What is compared of a line."""

    contract: int
    kind: str
    code: str
    starts_at: datetime
    ends_at: datetime
    quantity: int
    amount: int


@dataclass(eq=False)
class Line:
    """A line of a bill; `credits` is the line that a negative one takes back from, `noted` what credit notes
    took back of it. Amounts are minor units."""

    contract: int
    kind: str
    code: str
    starts_at: datetime
    ends_at: datetime
    quantity: int
    amount: int
    credits: Line | None = None
    is_void: bool = False
    noted: int = 0
    taken_by: list[Line] = field(default_factory=list)
    # Of a fee that was paid in advance: the price and the bounds of its whole period.
    whole_price: Fraction = Fraction(0)
    whole: tuple[datetime, datetime] | None = None
    phase: Phase | None = None

    def __post_init__(self) -> None:
        if self.credits is not None:
            self.credits.taken_by.append(self)

    @property
    def left(self) -> int:
        """What may still be taken back of it."""
        return self.amount - self.noted + sum(line.amount for line in self.taken_by if not line.is_void)

    @property
    def given_back(self) -> bool:
        return any(line.kind == "credit" and not line.is_void for line in self.taken_by)

    @property
    def told(self) -> Told:
        return Told(
            self.contract, self.kind, self.code, self.starts_at, self.ends_at, self.quantity, self.amount
        )


@dataclass(eq=False)
class Bill:
    """An invoice: what is negative goes to the balance, what is positive is paid from it first."""

    at: datetime
    lines: list[Line]
    applied: int = 0
    noted: int = 0
    is_void: bool = False

    @property
    def subtotal(self) -> int:
        return sum(line.amount for line in self.lines)

    @property
    def total(self) -> int:
        return max(self.subtotal, 0)

    @property
    def due(self) -> int:
        return self.total - self.applied - self.noted

    @property
    def is_open(self) -> bool:
        return not self.is_void and self.due > 0


@dataclass
class Account:
    balance: int = 0
    moved: int = 0
    bills: list[Bill] = field(default_factory=list)

    def issue(self, lines: Iterable[Line], at: datetime) -> None:
        bill = Bill(at, list(lines))
        if not bill.lines:
            return
        self.balance += max(-bill.subtotal, 0)
        bill.applied = min(self.balance, bill.total)
        self.balance -= bill.applied
        self.bills.append(bill)

    def void(self, bill: Bill) -> None:
        bill.is_void = True
        for line in bill.lines:
            line.is_void = True
        self.balance += bill.applied

    def note(self, lines: Iterable[Line]) -> None:
        """Give back negative lines by credit notes on the bills of the lines that they take back from."""
        for line in lines:
            taken = line.credits
            if taken is None:
                raise ValueError("a credit note takes back from a line")
            bill = next(bill for bill in self.bills if taken in bill.lines)
            taken.taken_by.remove(line)
            taken.noted -= line.amount
            offset = min(-line.amount, bill.due)
            bill.noted += offset
            self.balance += -line.amount - offset
