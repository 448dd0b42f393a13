"""What a request comes to in money: the invoices and credit notes of one instant, as figures.

They are read from documents that may be taken back a moment later, so nothing here is looked up again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from apps.invoices.enums import InvoiceStatus, TaxStatus
from apps.invoices.models import CreditNote, CreditNoteLine, Invoice, InvoiceLine, TaxBreakdown
from apps.pricing.trace import Trace


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a document: minor units, half-open UTC period, and why it is that much.

    What a credit note gives back is positive, a credit on an invoice negative.
    """

    kind: str
    description: str
    quantity: Decimal
    amount_minor: int
    exact_amount: Decimal
    period_starts_at: datetime | None
    period_ends_at: datetime | None
    price: str
    trace: dict[str, Any]

    @property
    def explanation(self) -> list[str]:
        return Trace.from_json(self.trace).explain() if self.trace else []


@dataclass(frozen=True, slots=True)
class TakenOff:
    """What a coupon or promotional credit takes off a bill before tax, in minor units."""

    source: str
    name: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class TaxOf:
    """A row of a bill's tax breakdown, in minor units; `category` is a code of UNCL5305, `note` a key."""

    category: str
    kind: str
    name: str
    jurisdiction: str
    percent: Decimal
    taxable_minor: int
    tax_minor: int
    note: str


@dataclass(frozen=True, slots=True)
class Bill:
    """An invoice as it is or would be issued; amounts are minor units.

    `tax_included_minor` is the part of the tax that stands in the subtotal. With a `tax_problem` the tax is
    not known, so the totals lack it: the bill would wait.
    """

    lines: Sequence[Line]
    discounts: Sequence[TakenOff]
    taxes: Sequence[TaxOf]
    subtotal_minor: int
    discount_minor: int
    tax_minor: int
    tax_included_minor: int
    tax_problem: str
    progressive_credit_minor: int
    total_minor: int
    balance_applied_minor: int
    prepaid_applied_minor: int
    balance_credited_minor: int
    due_minor: int
    due_at: datetime | None
    is_draft: bool
    """It waits for late usage: what the balance pays of it is settled when it is finalised."""


@dataclass(frozen=True, slots=True)
class Credit:
    """A credit note as it is or would be issued, in positive minor units, with the number of its invoice.

    total = offset (off what that invoice has due) + balance + refund.
    """

    invoice_number: str
    lines: Sequence[Line]
    total_minor: int
    offset_minor: int
    balance_minor: int
    refund_minor: int


@dataclass(frozen=True, slots=True)
class Effect:
    """The documents of an instant (UTC), in one currency."""

    at: datetime
    currency: str
    bills: Sequence[Bill]
    credits: Sequence[Credit]

    @property
    def lines(self) -> list[Line]:
        return [line for bill in self.bills for line in bill.lines]

    @property
    def total_minor(self) -> int:
        return sum(bill.total_minor for bill in self.bills)

    @property
    def due_minor(self) -> int:
        """What is then to be paid: the totals less what the balance pays."""
        return sum(bill.due_minor for bill in self.bills)

    @property
    def balance_applied_minor(self) -> int:
        return sum(bill.balance_applied_minor for bill in self.bills)

    @property
    def balance_credited_minor(self) -> int:
        """What goes to the customer's balance, from negative totals and from credit notes."""
        return sum(b.balance_credited_minor for b in self.bills) + sum(c.balance_minor for c in self.credits)

    @property
    def prepaid_applied_minor(self) -> int:
        """What prepaid credit pays of it."""
        return sum(bill.prepaid_applied_minor for bill in self.bills)

    @property
    def tax_problem(self) -> str:
        """Why the tax is not known; empty where it is."""
        return next((bill.tax_problem for bill in self.bills if bill.tax_problem), "")

    @property
    def offset_minor(self) -> int:
        return sum(credit.offset_minor for credit in self.credits)

    @property
    def refund_minor(self) -> int:
        return sum(credit.refund_minor for credit in self.credits)

    def __bool__(self) -> bool:
        return bool(self.bills or self.credits)


def effect_of(
    *, at: datetime, currency: str, invoices: Sequence[Invoice], notes: Sequence[CreditNote]
) -> Effect:
    """The figures of documents; an invoice closed for being zero has its lines all the same."""
    return Effect(at, currency, [bill_of(invoice) for invoice in invoices], [_credit(note) for note in notes])


def digest(effect: Effect) -> str:
    """The same for equal figures, whatever ids and numbers the documents got."""
    bills = [
        [
            [_identity(line) for line in bill.lines],
            [bill.total_minor, bill.balance_applied_minor, bill.balance_credited_minor, bill.due_minor],
            [bill.discount_minor, bill.tax_minor, bill.tax_included_minor, bill.prepaid_applied_minor],
        ]
        for bill in effect.bills
    ]
    credits = [
        [
            credit.invoice_number,
            [_identity(line) for line in credit.lines],
            [credit.offset_minor, credit.balance_minor, credit.refund_minor],
        ]
        for credit in effect.credits
    ]
    text = json.dumps([effect.currency, bills, credits], default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _identity(line: Line) -> list[object]:
    period = [line.period_starts_at, line.period_ends_at]
    quantity = f"{line.quantity.normalize():f}"
    return [line.kind, line.description, line.amount_minor, quantity, line.price, *period]


def bill_of(invoice: Invoice) -> Bill:
    """The figures of an invoice."""
    return Bill(
        lines=[_line(line) for line in invoice.lines.order_by("position")],
        discounts=[TakenOff(row.source, row.name, row.amount_minor) for row in invoice.discounts.all()],
        taxes=[_tax(row) for row in invoice.taxes.all()],
        subtotal_minor=invoice.subtotal_minor,
        discount_minor=invoice.discount_minor,
        tax_minor=invoice.tax_minor,
        tax_included_minor=invoice.tax_included_minor,
        tax_problem=invoice.tax_problem if invoice.tax_status == TaxStatus.WAITING else "",
        progressive_credit_minor=invoice.progressive_credit_minor,
        total_minor=invoice.total_minor,
        balance_applied_minor=invoice.balance_applied_minor,
        prepaid_applied_minor=invoice.prepaid_applied_minor,
        balance_credited_minor=invoice.balance_credited_minor,
        due_minor=invoice.due_minor,
        due_at=invoice.due_at,
        is_draft=invoice.status == InvoiceStatus.DRAFT,
    )


def _tax(row: TaxBreakdown) -> TaxOf:
    return TaxOf(
        category=row.category,
        kind=row.kind,
        name=row.name,
        jurisdiction=row.jurisdiction,
        percent=row.percent,
        taxable_minor=row.taxable_minor,
        tax_minor=row.tax_minor,
        note=row.note,
    )


def _line(line: InvoiceLine) -> Line:
    return Line(
        kind=line.kind,
        description=line.description,
        quantity=line.quantity,
        amount_minor=line.amount_minor,
        exact_amount=line.exact_amount,
        period_starts_at=line.period_starts_at,
        period_ends_at=line.period_ends_at,
        price=line.price_id,
        trace=line.trace,
    )


def _credit(note: CreditNote) -> Credit:
    lines = note.lines.select_related("invoice_line").order_by("position")
    return Credit(
        invoice_number=note.invoice.number or "",
        lines=[_credit_line(line) for line in lines],
        total_minor=note.total_minor,
        offset_minor=note.offset_minor,
        balance_minor=note.balance_minor,
        refund_minor=note.refund_minor,
    )


def _credit_line(line: CreditNoteLine) -> Line:
    quantity = line.quantity if line.quantity is not None else line.invoice_line.quantity
    return Line(
        kind=line.invoice_line.kind,
        description=line.description,
        quantity=quantity,
        amount_minor=line.amount_minor,
        exact_amount=line.exact_amount,
        period_starts_at=line.period_starts_at,
        period_ends_at=line.period_ends_at,
        price=line.invoice_line.price_id,
        trace=line.trace,
    )
